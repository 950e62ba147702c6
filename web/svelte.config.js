// Components are compiled for the browser only, and their styles go to files: the pages allow no inline style.
export default { compilerOptions: { runes: true } };
