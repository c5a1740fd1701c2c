// In a browser without a server there are syntax and snippets, which need no code.
export function activate(): void {}
