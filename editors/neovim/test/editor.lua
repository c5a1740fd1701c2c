-- nvim -n --headless -u NONE -i NONE -c 'luafile editor.lua'   (env: PLUGIN = editors/neovim, MLPY, WS = a folder)
local function die(why)
  io.stdout:write('FAIL ' .. why .. '\n')
  vim.cmd('cquit 1')
end

local function check(holds, what)
  if not holds then error(what, 0) end
  io.stdout:write('ok ' .. what .. '\n')
end

local ok, err = pcall(function()
  vim.opt.runtimepath:prepend(vim.env.PLUGIN)
  vim.cmd('filetype plugin on')
  vim.cmd('runtime! plugin/mlpy.lua ftdetect/mlpy.lua')
  require('mlpy').setup({ cmd = vim.env.MLPY })
  vim.cmd('edit ' .. vim.env.WS .. '/shop.ml')
  local buffer = vim.api.nvim_get_current_buf()
  check(vim.bo[buffer].filetype == 'ml', 'the file is ML')
  check(vim.wait(20000, function() return #vim.diagnostic.get(buffer) > 0 end, 20), 'a finding arrives')
  local finding = vim.diagnostic.get(buffer)[1]
  check(finding.lnum == 4 and finding.message:match("'totl'"), 'it is on the right line')
  vim.api.nvim_buf_set_lines(buffer, 4, 5, false, { 'print(total([1, 2]));' })
  check(vim.wait(20000, function() return #vim.diagnostic.get(buffer) == 0 end, 20), 'it goes when the text is corrected')
  local symbols = vim.lsp.buf_request_sync(buffer, 'textDocument/documentSymbol', { textDocument = vim.lsp.util.make_text_document_params() }, 10000)
  local named = false
  for _, answer in pairs(symbols or {}) do
    for _, symbol in ipairs(answer.result or {}) do named = named or symbol.name == 'total' end
  end
  check(named, 'the function is a symbol')
  vim.cmd('cd ' .. vim.env.WS .. '/ocaml')
  vim.cmd('edit ' .. vim.env.WS .. '/ocaml/main.ml')
  check(vim.bo.filetype ~= 'ml', 'a file of a dune project is not ML')
end)
if not ok then die(tostring(err)) else vim.cmd('qall!') end
