import { existsSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { type DatasetDeclaration, datasets } from '#learning/datasets/registry.ts'
import { nodeEngines } from '#node/compute/engine.ts'
import { datasetPaths } from '#node/data/load.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import { findChromium } from './find-chromium.ts'
import { outwardInterfaces } from './interfaces.ts'

/** The state of one requirement or option of Hearsay on this machine. */
export interface Finding {
  readonly subject: string
  readonly state: 'good' | 'limited' | 'missing'
  readonly detail: string
  /** How to fix it. */
  readonly remedy?: string
}

/** Examines this machine: Node, build, browser, WebRTC in tabs and in Node, network, engines, data. */
export async function examine(): Promise<Finding[]> {
  return [
    nodeVersion(),
    machine(),
    built(),
    ...(await browser()),
    await webRtcInNode(),
    network(),
    ...(await engines()),
    ...data(),
  ]
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const enough = major > 20 || (major === 20 && minor >= 19)
  return {
    subject: 'Node',
    state: enough ? 'good' : 'missing',
    detail: process.versions.node,
    ...(enough ? {} : { remedy: 'install Node 20.19 or later' }),
  }
}

function machine(): Finding {
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  return { subject: 'machine', state: 'good', detail: `${availableParallelism()} cores, ${gibibytes} GiB of memory` }
}

function built(): Finding {
  const there = existsSync(join(packageFolder(), 'dist', 'browser', 'index.html'))
  return {
    subject: 'build',
    state: there ? 'good' : 'missing',
    detail: there ? 'dist/ is built' : 'dist/ is not built',
    ...(there ? {} : { remedy: 'run npm run build' }),
  }
}

/** Starts the browser and examines WebRTC in a tab. */
async function browser(): Promise<Finding[]> {
  const found = findChromium()
  if (!found) {
    return [
      {
        subject: 'browser',
        state: 'missing',
        detail: process.env.HEARSAY_CHROMIUM
          ? `HEARSAY_CHROMIUM names ${process.env.HEARSAY_CHROMIUM}, which does not exist`
          : 'no Chromium found',
        remedy: 'install one with npm run setup, or set HEARSAY_CHROMIUM; simulation and processes need no browser',
      },
    ]
  }
  const { chromium } = await import('playwright')
  try {
    const running = await chromium.launch({
      executablePath: found.path,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
    const version = running.version()
    const page = await running.newPage()
    const seen = await page.evaluate(async () => {
      const connection = new RTCPeerConnection({ iceServers: [] })
      connection.createDataChannel('probe')
      let candidates = 0
      const gathered = new Promise<void>((resolve) => {
        connection.onicecandidate = ({ candidate }) => {
          if (candidate?.candidate) candidates++
          if (!candidate) resolve()
        }
        setTimeout(resolve, 3000)
      })
      await connection.setLocalDescription()
      await gathered
      connection.close()
      return { candidates }
    })
    await running.close()
    return [
      { subject: 'browser', state: 'good', detail: `Chromium ${version} (${found.source}: ${found.path})` },
      seen.candidates > 0
        ? { subject: 'WebRTC in tabs', state: 'good', detail: `${seen.candidates} ICE candidate(s)` }
        : {
            subject: 'WebRTC in tabs',
            state: 'missing',
            detail: 'no ICE candidates: tabs cannot connect to each other',
            remedy:
              'Chromium does not use the loopback interface: add a network interface with a default route, and let programs share UDP port 5353 (mDNS)',
          },
    ]
  } catch (error) {
    return [
      {
        subject: 'browser',
        state: 'missing',
        detail: `${found.path} does not start: ${(error as Error).message.split('\n')[0]}`,
        remedy: 'run npm run setup, or set HEARSAY_CHROMIUM to another Chromium',
      },
    ]
  }
}

async function webRtcInNode(): Promise<Finding> {
  try {
    const { RTCPeerConnection } = await import('node-datachannel/polyfill')
    new RTCPeerConnection({ iceServers: [] }).close()
    return { subject: 'WebRTC in Node', state: 'good', detail: 'node-datachannel loads' }
  } catch (error) {
    return {
      subject: 'WebRTC in Node',
      state: 'missing',
      detail: `node-datachannel does not load: ${(error as Error).message.split('\n')[0]}`,
      remedy: 'run npm ci on this machine to install its platform package',
    }
  }
}

function network(): Finding {
  const outward = outwardInterfaces()
  if (outward.length > 0) {
    return {
      subject: 'network',
      state: 'good',
      detail: `interfaces: ${outward.join(', ')}`,
    }
  }
  return {
    subject: 'network',
    state: 'limited',
    detail: 'only the loopback interface: processes can connect with runtime.links=auto, tabs and WebRTC cannot',
    remedy: 'add a network interface with an IPv4 address and a default route',
  }
}

/** Opens each engine as a run does, and names hardware or software adapters. */
async function engines(): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const candidate of nodeEngines) {
    try {
      const { report } = await candidate.open({ software: false })
      findings.push({
        subject: `engine ${candidate.engine}`,
        state: 'good',
        detail: report.adapter
          ? `${report.adapter}${report.hardware ? ', hardware' : ', software'}`
          : `works${report.tile ? `, tiles of ${report.tile}` : ''}`,
      })
    } catch (error) {
      findings.push({
        subject: `engine ${candidate.engine}`,
        state: 'limited',
        detail: (error as Error).message.split('\n')[0] ?? 'does not start',
        ...(candidate.engine === 'tfjs-webgpu'
          ? { remedy: 'needs a GPU with a Vulkan, Metal or D3D12 driver; without one use wasm' }
          : {}),
      })
    }
  }
  return findings
}

function data(): Finding[] {
  return datasets.map((declaration: DatasetDeclaration) => {
    const missing = Object.values(datasetPaths(declaration)).filter((path) => !existsSync(path))
    const subject = `data ${declaration.name}`
    if (missing.length === 0) return { subject, state: 'good', detail: declaration.summary }
    return {
      subject,
      state: 'limited',
      detail: `missing (${missing[0]})`,
      remedy: `run hearsay data fetch ${declaration.name}, or set HEARSAY_DATA to a folder with ${Object.values(declaration.files).join(', ')}`,
    }
  })
}
