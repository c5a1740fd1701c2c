-- As much of a DAP client as it takes to follow a configuration that the plugin gave to nvim-dap, with the real adapter.
-- nvim-dap itself is not to be had from Debian or npm.
local M = { adapters = {}, configurations = {}, listeners = { after = setmetatable({}, { __index = function(t, k)
  t[k] = {}
  return t[k]
end }) } }

-- Runs the named configuration on a file to its end; returns the events by name.
function M.follow(name, file)
  local adapter, chosen = M.adapters.ml, nil
  for _, c in ipairs(M.configurations.ml) do if c.name == name then chosen = c end end
  local arguments = vim.tbl_extend('force', chosen, { program = chosen.program:gsub('${file}', file) })
  local stdin, stdout = vim.loop.new_pipe(), vim.loop.new_pipe()
  local process = vim.loop.spawn(adapter.command, { args = adapter.args, stdio = { stdin, stdout, nil } }, function() end)
  assert(process, 'the adapter starts')
  local seq, rest, events = 0, '', {}
  local function request(command, body)
    seq = seq + 1
    local text = vim.json.encode({ seq = seq, type = 'request', command = command, arguments = body })
    stdin:write(('Content-Length: %d\r\n\r\n%s'):format(#text, text))
  end
  local function take(message)
    if message.type == 'response' then
      assert(message.success, message.command .. ': ' .. tostring(message.message))
      return
    end
    events[message.event] = message.body or {}
    for _, listener in pairs(M.listeners.after['event_' .. message.event]) do listener({}, message.body) end
    if message.event == 'initialized' then request('configurationDone', vim.empty_dict()) end
  end
  stdout:read_start(vim.schedule_wrap(function(_, bytes)
    rest = rest .. (bytes or '')
    while true do
      local head, finish = rest:find('\r\n\r\n', 1, true)
      local length = head and tonumber(rest:sub(1, head):match('Content%-Length: (%d+)'))
      if not length or #rest < finish + length then return end
      local text = rest:sub(finish + 1, finish + length)
      rest = rest:sub(finish + length + 1)
      take(vim.json.decode(text))
    end
  end))
  request('initialize', { adapterID = arguments.type, clientID = 'neovim', linesStartAt1 = true, columnsStartAt1 = true, pathFormat = 'path' })
  request('launch', arguments)
  local ended = vim.wait(30000, function() return events.terminated ~= nil end, 20)
  request('disconnect', vim.empty_dict())
  vim.wait(3000, function() return not process:is_active() end, 20)
  assert(ended, 'the session ends')
  return events
end

return M
