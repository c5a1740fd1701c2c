-- As much of a DAP client as it takes to follow a configuration that the plugin gave to nvim-dap, with the real adapter.
-- nvim-dap itself is not to be had from Debian or npm.
local M = { adapters = {}, configurations = {}, listeners = { after = setmetatable({}, { __index = function(t, k)
  t[k] = {}
  return t[k]
end }) } }

local Session = {}
Session.__index = Session

-- A session of the named configuration on a file: the adapter runs and has answered `initialize`.
function M.session(name, file, more)
  local adapter, chosen = M.adapters.ml, nil
  for _, c in ipairs(M.configurations.ml) do if c.name == name then chosen = c end end
  local s = setmetatable({ seq = 0, answers = {}, waiting = {}, seen = {} }, Session)
  s.arguments = vim.tbl_extend('force', chosen, { program = chosen.program:gsub('${file}', file) }, more or {})
  s.stdin = vim.loop.new_pipe()
  local stdout, rest = vim.loop.new_pipe(), ''
  s.process = vim.loop.spawn(adapter.command, { args = adapter.args, stdio = { s.stdin, stdout, nil } }, function() end)
  assert(s.process, 'the adapter starts')
  stdout:read_start(vim.schedule_wrap(function(_, bytes)
    rest = rest .. (bytes or '')
    while true do
      local head, finish = rest:find('\r\n\r\n', 1, true)
      local length = head and tonumber(rest:sub(1, head):match('Content%-Length: (%d+)'))
      if not length or #rest < finish + length then return end
      local text = rest:sub(finish + 1, finish + length)
      rest = rest:sub(finish + length + 1)
      s:take(vim.json.decode(text))
    end
  end))
  s:ask('initialize', { adapterID = s.arguments.type, clientID = 'neovim', linesStartAt1 = true, columnsStartAt1 = true, pathFormat = 'path' })
  s:event('initialized')
  return s
end

function Session:take(message)
  if message.type == 'response' then
    self.answers[message.request_seq] = message
    return
  end
  table.insert(self.seen, message)
  table.insert(self.waiting, message)
  for _, listener in pairs(M.listeners.after['event_' .. message.event]) do listener({}, message.body) end
end

function Session:send(command, arguments)
  self.seq = self.seq + 1
  local text = vim.json.encode({ seq = self.seq, type = 'request', command = command, arguments = arguments or vim.empty_dict() })
  self.stdin:write(('Content-Length: %d\r\n\r\n%s'):format(#text, text))
  return self.seq
end

function Session:answer(seq)
  assert(vim.wait(30000, function() return self.answers[seq] ~= nil end, 5), 'request ' .. seq .. ' is answered')
  local message = self.answers[seq]
  assert(message.success, message.command .. ': ' .. tostring(message.message))
  return message.body
end

function Session:ask(command, arguments) return self:answer(self:send(command, arguments)) end

-- The next event of this name; those of others before it are passed over.
function Session:event(name)
  local found
  assert(vim.wait(30000, function()
    while not found and #self.waiting > 0 do
      local message = table.remove(self.waiting, 1)
      if message.event == name then found = message end
    end
    return found ~= nil
  end, 5), name .. ' comes')
  return found.body or {}
end

-- Launches it; `configure` sends what there is to configure.
function Session:start(configure)
  local launched = self:send('launch', self.arguments)
  if configure then configure() end
  self:ask('configurationDone')
  self:answer(launched)
end

function Session:breakpoints(file, list)
  return self:ask('setBreakpoints', { source = { path = file }, breakpoints = list }).breakpoints
end

-- The next stop, after a request: why, where ("file:line"), its frames.
function Session:stop(command, arguments)
  if command then self:ask(command, arguments or { threadId = 1 }) end
  local body = self:event('stopped')
  local frames = self:ask('stackTrace', { threadId = 1 }).stackFrames
  return { reason = body.reason, text = body.text, ids = body.hitBreakpointIds, frames = frames, top = frames[1],
           place = vim.fn.fnamemodify(frames[1].source.path, ':t') .. ':' .. frames[1].line }
end

-- The variables of a scope by name, and the reference of the scope.
function Session:variables(frame, scope)
  for _, one in ipairs(self:ask('scopes', { frameId = frame.id }).scopes) do
    if one.name == (scope or 'Locals') then
      local rows = {}
      for _, row in ipairs(self:ask('variables', { variablesReference = one.variablesReference }).variables) do rows[row.name] = row end
      return rows, one.variablesReference
    end
  end
end

function Session:output(category)
  local text = ''
  for _, message in ipairs(self.seen) do
    if message.event == 'output' and message.body.category == category then text = text .. message.body.output end
  end
  return text
end

-- Waits for the end of the program, and of the adapter: the exit code.
function Session:finish()
  local code = self:event('exited').exitCode
  self:event('terminated')
  self:ask('disconnect')
  assert(vim.wait(3000, function() return not self.process:is_active() end, 20), 'the adapter ends')
  return code
end

-- Runs the named configuration on a file to its end; returns the events by name.
function M.follow(name, file)
  local s, events = M.session(name, file), {}
  s:start()
  s:finish()
  for _, message in ipairs(s.seen) do events[message.event] = message.body or {} end
  return events
end

return M
