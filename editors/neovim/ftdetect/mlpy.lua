-- OCaml uses `.ml` too: a file is ML when a project file is above it, or when nothing speaks for OCaml.
local function above(name, path)
  return vim.fn.findfile(name, vim.fn.fnamemodify(path, ':p:h') .. ';') ~= ''
end

vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, {
  pattern = '*.ml',
  group = vim.api.nvim_create_augroup('mlpy_filetype', {}),
  callback = function(event)
    if above('mlpy.json', event.file) or not (above('dune-project', event.file) or above('dune', event.file)) then
      vim.bo[event.buf].filetype = 'ml'
    end
  end,
})
