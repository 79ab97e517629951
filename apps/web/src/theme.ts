import { createTheme, Loader, Modal, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

/** The red of old bindings: the one accent of the page. */
const madder: MantineColorsTuple = [
  "#fbf1f0",
  "#f3dddb",
  "#e6b9b6",
  "#d9938f",
  "#cd726e",
  "#bf5552",
  "#a63f3f",
  "#8c2f35",
  "#73252c",
  "#571a21",
];

/** Greys of paper and ink rather than of steel. */
const gray: MantineColorsTuple = [
  "#f7f3ec",
  "#f0eae0",
  "#e6ded1",
  "#d9cfbf",
  "#c2b6a5",
  "#a3978a",
  "#766b60",
  "#574d45",
  "#3d3530",
  "#2a2420",
];

const dark: MantineColorsTuple = [
  "#ebe3d8",
  "#cfc5b8",
  "#b5a99c",
  "#9a8e82",
  "#4d453e",
  "#423b35",
  "#2a2521",
  "#1a1715",
  "#151210",
  "#100e0c",
];

const sans = '"Inter Variable", system-ui, -apple-system, "Segoe UI", sans-serif';
const serif = '"Literata Variable", Georgia, "Iowan Old Style", serif';

export const theme = createTheme({
  colors: { madder, gray, dark },
  primaryColor: "madder",
  primaryShade: { light: 7, dark: 6 },
  black: "#2a2420",
  white: "#fffdf9",
  fontFamily: sans,
  headings: { fontFamily: serif, fontWeight: "600" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // Without a role its label may not be said.
    Loader: Loader.extend({ defaultProps: { role: "status" } }),
    Modal: Modal.extend({ defaultProps: { centered: true, closeButtonProps: { "aria-label": "Close" } } }),
  },
});

/** Mantine's own greys for secondary text miss the contrast of WCAG AA on our paper; these reach it. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { "--serif": serif, "--sans": sans },
  light: {
    "--mantine-color-body": "#faf6ef",
    "--mantine-color-dimmed": "#675c52",
    "--mantine-color-placeholder": "#766b60",
    "--mantine-color-anchor": madder[7],
    "--mantine-color-error": "#a32a2a",
    "--mantine-color-default-border": "#d9cfbf",
  },
  dark: {
    "--mantine-color-dimmed": "#b5a99c",
    "--mantine-color-placeholder": "#a3978a",
    "--mantine-color-anchor": madder[2],
    "--mantine-color-error": "#f0a39d",
  },
});
