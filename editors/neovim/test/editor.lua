-- nvim -n --headless -u NONE -i NONE -c 'luafile editor.lua'   (env: PLUGIN = editors/neovim, MLPY, WS = a folder, PARSER = ml.so)
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
  package.preload.dap = function() return dofile(vim.env.PLUGIN .. '/test/dap_client.lua') end
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

  local hover = vim.lsp.buf_request_sync(buffer, 'textDocument/hover', { textDocument = vim.lsp.util.make_text_document_params(), position = { line = 4, character = 7 } }, 10000)
  local told = false
  for _, answer in pairs(hover or {}) do told = told or vim.inspect(answer.result):match('total%(xs%)') ~= nil end
  check(told, 'hover shows the function')
  check(vim.lsp.get_client_by_id(1).config.root_dir == vim.env.WS, 'the root is the folder of mlpy.json')
  -- A lens as it is drawn, with the mark's line (from 0); nil when there is none.
  local function drawn(pattern)
    for name, space in pairs(vim.api.nvim_get_namespaces()) do
      if name:match('codelens') then
        for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer, space, 0, -1, { details = true })) do
          for _, chunk in ipairs(mark[4].virt_text or {}) do if chunk[1]:match(pattern) then return mark[2] end end
        end
      end
    end
  end
  require('mlpy').refresh(buffer)
  check(vim.wait(10000, function() return drawn('Profile') == 4 end, 20), 'Run and Profile are drawn at the program')
  vim.cmd('write')

  local dap = require('dap')
  check(dap.adapters.ml.command == vim.env.MLPY, 'the adapter is known to nvim-dap')
  local loaded
  local execute = require('mlpy').execute
  require('mlpy').execute = function(command, argument)
    execute(command, argument, function(problem) loaded = { command, argument.uri, problem } end)
  end
  local events = dap.follow('Profile', vim.env.WS .. '/shop.ml')
  check(events.exited.exitCode == 0, 'the profiled program ends well')
  check(vim.loop.fs_stat(events['mlpy/profile'].path) ~= nil, 'its profile is a file')
  check(vim.wait(10000, function() return loaded ~= nil end, 20), 'the server is told of it')
  check(loaded[1] == 'ml.profile.load' and loaded[2] == events['mlpy/profile'].uri, 'by ml.profile.load')
  local server = vim.lsp.get_client_by_id(1).server_capabilities
  if server.experimental and server.experimental.mlProfile then
    check(loaded[3] == nil, 'and takes it')
    check(vim.wait(10000, function() return drawn('of execution time') == 0 end, 20), 'the cost is drawn above the function')
  end

  dofile(vim.env.PLUGIN .. '/test/session.lua')(dap, check)

  vim.treesitter.require_language('ml', vim.env.PARSER)
  local parse = vim.treesitter.query and vim.treesitter.query.parse or vim.treesitter.parse_query
  local tree = vim.treesitter.get_parser(buffer, 'ml'):parse()[1]
  local seen = {}
  for _, name in ipairs({ 'highlights', 'folds', 'locals' }) do
    local query = parse('ml', table.concat(vim.fn.readfile(vim.env.PLUGIN .. '/queries/ml/' .. name .. '.scm'), '\n'))
    for id, node in query:iter_captures(tree:root(), buffer, 0, -1) do
      local line = node:start()
      seen[query.captures[id] .. ' ' .. line] = true
    end
  end
  for _, file in ipairs(vim.fn.glob(vim.env.PLUGIN .. '/../{zed/languages,helix/queries}/ml/*.scm', false, true)) do
    local fits, why = pcall(parse, 'ml', table.concat(vim.fn.readfile(file), '\n'))
    check(fits, vim.fn.fnamemodify(file, ':t') .. ' of another editor fits the grammar ' .. (fits and '' or why))
  end
  check(seen['function 0'] and seen['keyword 1'] and seen['fold 0'] and seen['local.scope 0'], 'the queries fit the grammar')
  vim.cmd('cd ' .. vim.env.WS .. '/../ocaml')
  vim.cmd('edit ' .. vim.env.WS .. '/../ocaml/main.ml')
  check(vim.bo.filetype ~= 'ml', 'a file of a dune project is not ML')
end)
if not ok then die(tostring(err)) else vim.cmd('qall!') end
