-- ML for Neovim (0.7 and newer): language server, costs above functions, debugging by nvim-dap when it is there.
local M = { config = { cmd = 'mlpy', args = { 'lsp' }, settings = {} } }

-- Optional: require('mlpy').setup({ cmd = '/path/to/mlpy', settings = { ml = { profile = { detail = 'short' } } } })
function M.setup(config)
  M.config = vim.tbl_deep_extend('force', M.config, config or {})
end

local client_id

local function client()
  return client_id and vim.lsp.get_client_by_id(client_id)
end

local function root_of(buffer)
  local folder = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':p:h')
  for _, name in ipairs({ 'mlpy.json', '.git' }) do
    local found = vim.fn.finddir(name, folder .. ';')
    if found == '' then found = vim.fn.findfile(name, folder .. ';') end
    if found ~= '' then return vim.fn.fnamemodify(found, ':p'):gsub('/$', ''):match('^(.*)/[^/]*$') end
  end
  return folder
end

-- Asks for the lenses of a buffer anew.
function M.refresh(buffer)
  local server = client()
  local capabilities = server and (server.server_capabilities or server.resolved_capabilities)
  if capabilities and capabilities.codeLensProvider and vim.api.nvim_buf_is_loaded(buffer) then
    vim.api.nvim_buf_call(buffer, function() vim.lsp.codelens.refresh({ bufnr = buffer }) end)
  end
end

local function refresh_all()
  for _, buffer in ipairs(vim.lsp.get_buffers_by_client_id(client_id)) do M.refresh(buffer) end
end

local handlers = {
  ['workspace/codeLens/refresh'] = function()
    refresh_all()
    return vim.NIL
  end,
  ['mlpy/profile/changed'] = refresh_all,
}

local function start(buffer)
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.workspace.codeLens = { refreshSupport = true }
  capabilities.textDocument.codeLens = { dynamicRegistration = false }
  local commands = { 'ml.run', 'ml.runProfiled' }
  if pcall(require, 'dap') then table.insert(commands, 'ml.debug') end
  return (vim.lsp.start_client or vim.lsp.start)({
    name = 'mlpy',
    cmd = vim.list_extend({ M.config.cmd }, M.config.args),
    root_dir = root_of(buffer),
    settings = M.config.settings,
    capabilities = capabilities,
    init_options = { clientCommands = commands },
    handlers = handlers,
    get_language_id = function() return 'ml' end,
  })
end

function M.attach(buffer)
  if vim.fn.executable(M.config.cmd) == 0 then
    vim.notify_once('mlpy was not found: put it on PATH, or call require("mlpy").setup({ cmd = ... })', vim.log.levels.WARN)
    return
  end
  if not client() then client_id = start(buffer) end
  if not client_id then return end
  vim.lsp.buf_attach_client(buffer, client_id)
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'BufWritePost' }, {
    buffer = buffer,
    group = vim.api.nvim_create_augroup('mlpy_lens_' .. buffer, {}),
    callback = function() M.refresh(buffer) end,
  })
  vim.defer_fn(function() if vim.api.nvim_buf_is_valid(buffer) then M.refresh(buffer) end end, 500)
  if vim.lsp.inlay_hint and vim.lsp.inlay_hint.enable then vim.lsp.inlay_hint.enable(true, { bufnr = buffer }) end
end

-- A command of the server; `done(error, result)` if given.
function M.execute(command, argument, done)
  local server = client()
  if not server then return end
  local request = { command = command, arguments = { argument } }
  if vim.fn.has('nvim-0.11') == 1 then
    server:request('workspace/executeCommand', request, done)
  else
    server.request('workspace/executeCommand', request, done)
  end
end

-- Runs a file, else that of the window, in a terminal below; the language server loads the profile it saves.
function M.run(options, file)
  if vim.bo.modified then vim.cmd('write') end
  local cmd = vim.list_extend({ M.config.cmd, 'run' }, options or {})
  table.insert(cmd, file or vim.api.nvim_buf_get_name(0))
  vim.cmd('botright 12split | enew')
  vim.fn.termopen(cmd, { on_exit = function() vim.defer_fn(refresh_all, 200) end })
  vim.cmd('wincmd p')
end

-- What the lenses Run, Profile and Debug do.
local function file_of(command)
  return vim.uri_to_fname(command.arguments[1].uri)
end
vim.lsp.commands['ml.run'] = function(command) M.run({}, file_of(command)) end
vim.lsp.commands['ml.runProfiled'] = function(command) M.run({ '--profile' }, file_of(command)) end
vim.lsp.commands['ml.debug'] = function(command)
  if M.setup_dap() then require('dap').run({ type = 'ml', request = 'launch', name = 'Debug', program = file_of(command) }) end
end

-- Tells nvim-dap how to debug ML; false when it is not there. Called for the first ML file; again after a late `setup`.
function M.setup_dap()
  local ok, dap = pcall(require, 'dap')
  if not ok then return false end
  dap.adapters.ml = { type = 'executable', command = M.config.cmd, args = { 'dap' } }
  dap.configurations.ml = {
    { type = 'ml', request = 'launch', name = 'Debug', program = '${file}' },
    { type = 'ml', request = 'launch', name = 'Profile', program = '${file}', profile = 'ml-details', noDebug = true },
  }
  dap.listeners.after['event_mlpy/profile']['mlpy'] = function(_, body)
    M.execute('ml.profile.load', { uri = body.uri })
  end
  return true
end

return M
