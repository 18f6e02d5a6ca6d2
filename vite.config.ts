import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))

/** The wasm binaries of TensorFlow.js lie beside the worker that loads them. */
function copyTensorFlowBinaries(): Plugin {
  return {
    name: 'copy-tensorflow-binaries',
    writeBundle({ dir }) {
      const from = join(
        dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm/package.json'))),
        'dist',
      )
      const to = join(dir as string, 'tfjs')
      mkdirSync(to, { recursive: true })
      for (const file of readdirSync(from)) if (file.endsWith('.wasm')) cpSync(join(from, file), join(to, file))
    },
  }
}

/** The page. Its compute worker is built beside it by scripts/build.mjs. */
export default defineConfig({
  root: join(root, 'browser'),
  base: './',
  resolve: { conditions: ['hearsay-source', 'browser', 'module', 'import', 'default'] },
  plugins: [copyTensorFlowBinaries()],
  build: {
    outDir: join(root, 'dist', 'browser'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    chunkSizeWarningLimit: 4000,
    rollupOptions: {
      input: { page: join(root, 'browser', 'index.html') },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
        assetFileNames: 'assets/[name][extname]',
      },
    },
  },
})
