-- ML for Neovim (0.7 and newer): language server, costs above functions, debugging by nvim-dap when it is there.
local M = { config = { cmd = 'mlpy', args = { 'lsp' }, settings = {} } }

-- Optional: require('mlpy').setup({ cmd = '/path/to/mlpy', settings = { ml = { profile = { detail = 'short' } } } })
function M.setup(config)
  M.config = vim.tbl_deep_extend('force', M.config, config or {})
end

local client_id

local function root_of(buffer)
  local folder = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':p:h')
  for _, name in ipairs({ 'mlpy.json', '.git' }) do
    local found = vim.fn.finddir(name, folder .. ';')
    if found == '' then found = vim.fn.findfile(name, folder .. ';') end
    if found ~= '' then return vim.fn.fnamemodify(found, ':p:h:h') end
  end
  return folder
end

local function refresh(buffer)
  local client = client_id and vim.lsp.get_client_by_id(client_id)
  local capabilities = client and (client.server_capabilities or client.resolved_capabilities)
  if capabilities and capabilities.codeLensProvider then
    vim.api.nvim_buf_call(buffer, function() vim.lsp.codelens.refresh({ bufnr = buffer }) end)
  end
end

function M.attach(buffer)
  if vim.fn.executable(M.config.cmd) == 0 then
    vim.notify_once('mlpy was not found: put it on PATH, or call require("mlpy").setup({ cmd = ... })', vim.log.levels.WARN)
    return
  end
  local client = client_id and vim.lsp.get_client_by_id(client_id)
  if not client then
    local cmd = { M.config.cmd }
    vim.list_extend(cmd, M.config.args)
    client_id = vim.lsp.start_client({ name = 'mlpy', cmd = cmd, root_dir = root_of(buffer), settings = M.config.settings })
  end
  if not client_id then return end
  vim.lsp.buf_attach_client(buffer, client_id)
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'BufWritePost' }, {
    buffer = buffer,
    group = vim.api.nvim_create_augroup('mlpy_lens_' .. buffer, {}),
    callback = function() refresh(buffer) end,
  })
  vim.defer_fn(function() if vim.api.nvim_buf_is_valid(buffer) then refresh(buffer) end end, 500)
  if vim.lsp.inlay_hint and vim.lsp.inlay_hint.enable then vim.lsp.inlay_hint.enable(true, { bufnr = buffer }) end
end

function M.execute(command, argument)
  local client = client_id and vim.lsp.get_client_by_id(client_id)
  if client then client.request('workspace/executeCommand', { command = command, arguments = { argument } }) end
end

-- Runs the file of the window in a terminal below; the language server loads the profile it saves.
function M.run(options)
  vim.cmd('write')
  local buffer = vim.api.nvim_get_current_buf()
  local cmd = { M.config.cmd, 'run', vim.api.nvim_buf_get_name(buffer) }
  vim.list_extend(cmd, options)
  vim.cmd('botright 12split | enew')
  vim.fn.termopen(cmd, { on_exit = function() vim.defer_fn(function() refresh(buffer) end, 200) end })
  vim.cmd('wincmd p')
end

-- Called when nvim-dap is loaded.
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
