//! Starts `mlpy lsp` and `mlpy dap` for Zed. Profiles need nothing here: the server finds them in `.mlpy/profiles`.
use zed_extension_api::serde_json::Value;
use zed_extension_api::settings::LspSettings;
use zed_extension_api::{
    self as zed, Command, DebugAdapterBinary, DebugConfig, DebugRequest, DebugScenario, DebugTaskDefinition, LanguageServerId,
    Result, StartDebuggingRequestArguments, StartDebuggingRequestArgumentsRequest as Request, Worktree,
};

const SERVER: &str = "mlpy";

struct Ml;

/// `lsp.mlpy.binary.path` of the settings, else `mlpy` on PATH.
fn program(worktree: &Worktree) -> Result<String> {
    let chosen = LspSettings::for_worktree(SERVER, worktree).ok().and_then(|s| s.binary).and_then(|b| b.path);
    chosen
        .or_else(|| worktree.which("mlpy"))
        .ok_or_else(|| "mlpy was not found: put it on PATH, or set lsp.mlpy.binary.path".to_string())
}

fn kind_of(config: &Value) -> Result<Request, String> {
    match config.get("request").and_then(Value::as_str) {
        None | Some("launch") => Ok(Request::Launch),
        Some("attach") => Ok(Request::Attach),
        Some(other) => Err(format!("request '{other}' is unknown: launch, attach")),
    }
}

impl zed::Extension for Ml {
    fn new() -> Self {
        Ml
    }

    fn language_server_command(&mut self, _: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let chosen = LspSettings::for_worktree(SERVER, worktree).ok().and_then(|s| s.binary).and_then(|b| b.arguments);
        Ok(Command {
            command: program(worktree)?,
            args: chosen.unwrap_or_else(|| vec!["lsp".to_string()]),
            env: worktree.shell_env(),
        })
    }

    fn language_server_workspace_configuration(&mut self, _: &LanguageServerId, worktree: &Worktree) -> Result<Option<Value>> {
        Ok(LspSettings::for_worktree(SERVER, worktree).ok().and_then(|s| s.settings))
    }

    fn get_dap_binary(&mut self, _: String, task: DebugTaskDefinition, chosen: Option<String>, worktree: &Worktree) -> Result<DebugAdapterBinary, String> {
        let config: Value = zed::serde_json::from_str(&task.config).map_err(|e| e.to_string())?;
        Ok(DebugAdapterBinary {
            command: Some(chosen.map_or_else(|| program(worktree), Ok)?),
            arguments: vec!["dap".to_string()],
            envs: worktree.shell_env(),
            cwd: Some(worktree.root_path()),
            connection: None,
            request_args: StartDebuggingRequestArguments { request: kind_of(&config)?, configuration: task.config },
        })
    }

    fn dap_request_kind(&mut self, _: String, config: Value) -> Result<Request, String> {
        kind_of(&config)
    }

    fn dap_config_to_scenario(&mut self, config: DebugConfig) -> Result<DebugScenario, String> {
        let mut what = zed::serde_json::Map::new();
        match config.request {
            DebugRequest::Launch(launch) => {
                what.insert("request".into(), "launch".into());
                what.insert("program".into(), launch.program.into());
                what.insert("args".into(), launch.args.into());
                what.insert("env".into(), Value::Object(launch.envs.into_iter().map(|(k, v)| (k, v.into())).collect()));
                if let Some(cwd) = launch.cwd {
                    what.insert("cwd".into(), cwd.into());
                }
            }
            DebugRequest::Attach(attach) => {
                what.insert("request".into(), "attach".into());
                what.insert("processId".into(), attach.process_id.into());
            }
        }
        if let Some(stop) = config.stop_on_entry {
            what.insert("stopOnEntry".into(), stop.into());
        }
        Ok(DebugScenario { label: config.label, adapter: config.adapter, build: None, config: Value::Object(what).to_string(), tcp_connection: None })
    }
}

zed::register_extension!(Ml);
