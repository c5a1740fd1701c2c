// The language client, in a bundle of its own (build.mjs): activation does not wait for it.
export { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State } from 'vscode-languageclient/node';
