import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

// One accent; everything else is a grey. The values that matter are the tokens (src/pages/tokens.css): components take them
// through the resolver below, so that the app and the light pages can never look like two products.
const accent: MantineColorsTuple = [
  '#e9eefc',
  '#cfdafa',
  '#a9bdf5',
  '#8cabff',
  '#6f92f5',
  '#4d76e6',
  '#2a56cf',
  '#2349b3',
  '#1c3b92',
  '#142c70',
]

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 3 },
  colors: { accent },
  autoContrast: true,
  defaultRadius: 6,
  fontFamily:
    "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Devanagari', sans-serif",
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.25' },
      h2: { fontSize: '0.9375rem' },
      h3: { fontSize: '0.875rem' },
    },
  },
  components: {
    Button: { defaultProps: { size: 'xs', variant: 'default' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', allowDeselect: false } },
    // The browser's own policy allows no styles that scroll locks would write.
    // Their header is not the page's: a screen reader would announce two banners.
    Modal: {
      defaultProps: {
        lockScroll: false,
        shadow: 'md',
        attributes: { header: { role: 'none' } },
        closeButtonProps: { 'aria-label': 'Close' },
      },
    },
    Drawer: {
      defaultProps: {
        lockScroll: false,
        position: 'right',
        size: 'xl',
        shadow: 'md',
        attributes: { header: { role: 'none' } },
        closeButtonProps: { 'aria-label': 'Close' },
      },
    },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close this message' } } },
    // The first thing of a menu would be one that takes the focus and is no item; without it the menu takes it itself.
    Menu: { defaultProps: { shadow: 'md', withinPortal: true, withInitialFocusPlaceholder: false } },
    Tooltip: {
      defaultProps: { openDelay: 250, multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } },
    },
  },
})

const shared = {
  '--mantine-color-body': 'var(--ground)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--soft)',
  '--mantine-color-default': 'var(--paper)',
  '--mantine-color-default-hover': 'var(--raised)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--edge)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-placeholder': 'var(--soft)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-contrast': 'var(--accent-ink)',
}

export const resolver: CSSVariablesResolver = () => ({ variables: shared, light: shared, dark: shared })
