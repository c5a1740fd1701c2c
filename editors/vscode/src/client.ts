// The language client, in a bundle of its own (build.mjs): activation does not wait for it.
import { LanguageClient, type DynamicFeature, type ExecuteCommandRegistrationOptions, type LanguageClientOptions, type RegistrationData, type ServerOptions, type StaticFeature } from 'vscode-languageclient/node';

export { CloseAction, ErrorAction, RevealOutputChannelOn, State } from 'vscode-languageclient/node';

// Leaves the commands alone that the extension registers itself: registering one twice would end the start.
export class Client extends LanguageClient {
  constructor(server: ServerOptions, options: LanguageClientOptions, private readonly own: ReadonlySet<string>) {
    super('ml', 'ML Language Server', server, options);
  }

  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const commands = feature as DynamicFeature<ExecuteCommandRegistrationOptions>;
    if (commands.registrationType?.method === 'workspace/executeCommand') {
      const register = commands.register.bind(commands);
      commands.register = (data: RegistrationData<ExecuteCommandRegistrationOptions>) =>
        register({ ...data, registerOptions: { ...data.registerOptions, commands: data.registerOptions.commands.filter((c) => !this.own.has(c)) } });
    }
    super.registerFeature(feature);
  }
}
