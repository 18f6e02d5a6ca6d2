import { existsSync } from 'node:fs'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { findChromium } from './harness/machine/find-chromium.ts'

const conditions = ['hearsay-source']
const executablePath = findChromium()?.path

/**
 * `node` runs every test but the browser's own; `chromium` runs the pure folders' tests again in a real tab, so
 * that rules, attacks, random numbers and the round are the same there; `end-to-end` runs real swarms one by one.
 * `slow` is no part of `npm test`: it needs other toolchains or many minutes, and skips what is not there.
 */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Known beforehand, or vite finds them during the first run and reloads the page under a running test.
  optimizeDeps: {
    include: [
      '@tensorflow/tfjs',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgpu',
      'cborg',
      'fast-check',
      'it-length-prefixed',
      'it-pipe',
      'zod',
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          globalSetup: ['test/setup/build-programs.mjs'],
          setupFiles: ['test/setup/properties.ts'],
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.browser.test.ts', 'test/end-to-end/**', 'test/slow/**', 'test/benchmark/**'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'chromium',
          globalSetup: ['test/setup/build-kernels.mjs'],
          setupFiles: ['test/setup/properties.ts'],
          sequence: { groupOrder: 1 },
          include: [
            'test/{aggregation,attacks,learning,topology,protocol,library,conformance}/**/*.test.ts',
            'test/**/*.browser.test.ts',
          ],
          exclude: ['test/**/*.node.test.ts'],
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(executablePath && existsSync(executablePath) ? { executablePath } : {}),
                // SwiftShader draws for WebGPU and WebGL where there is no graphics hardware.
                args: [
                  '--no-sandbox',
                  '--disable-background-networking',
                  '--enable-unsafe-webgpu',
                  '--use-webgpu-adapter=swiftshader',
                  '--enable-features=Vulkan,WebGPU',
                  '--enable-unsafe-swiftshader',
                ],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'end-to-end',
          globalSetup: ['test/setup/build-package.mjs'],
          setupFiles: ['test/setup/keep-failures.ts'],
          // After all others: real swarms keep two cores busy.
          sequence: { groupOrder: 2 },
          include: ['test/end-to-end/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          globalSetup: ['test/setup/build-package.mjs'],
          sequence: { groupOrder: 3 },
          include: ['test/slow/**/*.test.ts'],
          testTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
