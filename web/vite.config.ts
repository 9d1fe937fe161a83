import { defineConfig } from 'vite'

// `npm start` builds when the sources are newer than what was built (scripts/ensure-web.mjs); the app serves the files itself.
export default defineConfig({
  root: import.meta.dirname,
  base: '/app/',
  build: {
    outDir: process.env.PUNCTUAL_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    // The policy of the pages lets no file stand inside another.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Components say for which side they are; there is only one here.
    rolldownOptions: {
      onwarn: (warning, warn) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
      },
    },
  },
})
