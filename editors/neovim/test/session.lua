-- A day's work in debug sessions, as tests/dap/node/client.mjs has it, on examples/ and from the plugin's configurations.
-- session(dap, check): `dap` is dap_client.lua.
return function(dap, check)
  local orders = vim.env.EXAMPLES .. '/orders/'
  local function same(value, wanted, what)
    check(vim.deep_equal(value, wanted), what .. (vim.deep_equal(value, wanted) and '' or ': ' .. vim.inspect(value)))
  end

  local s = dap.session('Debug', orders .. 'main.ml', { stopOnEntry = true, cwd = vim.env.EXAMPLES })
  s:start(function()
    local set = s:breakpoints(orders .. 'prices.ml', { { line = 29, condition = 'line.count > 2', hitCondition = '3' } })
    check(set[1].verified, 'a breakpoint of an example is verified')
    s:ask('setFunctionBreakpoints', { breakpoints = { { name = 'catalogue.make_customers' } } })
    s:ask('setExceptionBreakpoints', { filters = { 'uncaught', 'security' } })
  end)
  local at = s:stop()
  same({ at.reason, at.place }, { 'entry', 'main.ml:7' }, 'the entry')
  at = s:stop('continue')
  same({ at.reason, at.place, at.top.name }, { 'function breakpoint', 'catalogue.ml:39', 'make_customers' }, 'a function breakpoint')
  s:ask('setFunctionBreakpoints', { breakpoints = {} })
  at = s:stop('stepOut')
  same(at.reason, 'step', 'a step out')
  check(s:variables(at.top, 'Return value')['(return value)'].value:match('^%(48%)'), 'its value is shown')
  at = s:stop('continue')
  same({ at.reason, at.place, #at.frames }, { 'breakpoint', 'prices.ml:29', 5 }, 'a conditional breakpoint')
  at = s:stop('next')
  same(at.place, 'prices.ml:30', 'a step')
  local _, scope = s:variables(at.top)
  same(s:ask('setVariable', { variablesReference = scope, name = 'left', value = '40 + 2' }).value, '42', 'a change of a variable')
  same(s:ask('evaluate', { expression = 'left - 1', frameId = at.top.id, context = 'watch' }).result, '41', 'an expression sees it')
  s:breakpoints(orders .. 'prices.ml', {})
  s:ask('setExceptionBreakpoints', { filters = {}, filterOptions = { { filterId = 'thrown', condition = 'StockError' } } })
  at = s:stop('continue')
  same({ at.reason, at.place }, { 'exception', 'prices.ml:31' }, 'an exception of an example')
  same(s:ask('exceptionInfo', { threadId = 1 }).exceptionId, 'StockError', 'its name')
  s:ask('setExceptionBreakpoints', { filters = {} })
  s:ask('continue', { threadId = 1 })
  same(s:finish(), 0, 'the example ends well')
  check(s:output('stdout'):match('Orders of 30 days'), 'what it prints arrives')

  local file = vim.env.WS .. '/day.ml'
  vim.fn.writefile({ 'function share(sum, n) {', '    let part = sum / n;', '    return part;', '}', 'let people = 2;',
                     'let first = share(10, people);', 'print(first);', 'print(share(first, 0));' }, file)
  s = dap.session('Debug', file, { profile = 'ml-summary' })
  for _, turn in ipairs({ 'as launched', 'again' }) do
    if turn == 'as launched' then
      s:start(function()
        s:breakpoints(file, { { line = 6 } })
        s:ask('setExceptionBreakpoints', { filters = { 'uncaught' } })
      end)
      at = s:stop()
    else
      at = s:stop('restart', vim.empty_dict())
    end
    same({ at.reason, at.place }, { 'breakpoint', 'day.ml:6' }, turn .. ': a breakpoint')
    at = s:stop('stepIn')
    same({ at.reason, at.place }, { 'step', 'day.ml:2' }, turn .. ': a step into a function')
    local rows, reference = s:variables(at.top)
    same({ rows.sum.value, rows.n.value }, { '10', '2' }, turn .. ': its variables')
    same(s:ask('setVariable', { variablesReference = reference, name = 'n', value = '4' }).value, '4', turn .. ': a change of one')
    same(s:stop('next').place, 'day.ml:3', turn .. ': a step')
    same(s:stop('stepOut').place, 'day.ml:6', turn .. ': a step out')
    at = s:stop('continue')
    same({ at.reason, at.place }, { 'exception', 'day.ml:2' }, turn .. ': an error nobody catches')
    check(at.text:match('^ZeroDivisionError: '), turn .. ': its text')
  end
  s:ask('continue', { threadId = 1 })
  same(s:finish(), 1, 'the program ends with the error')
  same(s:output('stdout'), '2.5\n2.5\n', 'what was printed')
  local profiles = {}
  for _, message in ipairs(s.seen) do if message.event == 'mlpy/profile' then table.insert(profiles, message.body) end end
  same(#profiles, 2, 'each run has a profile')
  same(profiles[2].baseline, profiles[1].path, 'the run before is what to compare with')
  for _, p in ipairs(profiles) do check(p.run.debugged and vim.loop.fs_stat(p.path) ~= nil, 'a profile is a file') end
end
