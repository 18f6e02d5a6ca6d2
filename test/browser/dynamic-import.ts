/** Vitest rewrites dynamic imports to a wrapper that it puts into pages only; a worker gets a plain one here. */
Object.assign(globalThis, {
  __vitest_browser_runner__: { wrapDynamicImport: (load: () => Promise<unknown>) => load() },
})
