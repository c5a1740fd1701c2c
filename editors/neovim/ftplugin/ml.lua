vim.bo.commentstring = '// %s'
vim.bo.comments = '://'
vim.bo.shiftwidth = 4
vim.bo.expandtab = true
local buffer = vim.api.nvim_get_current_buf()
require('mlpy').attach(buffer)
require('mlpy').setup_dap()
-- Highlighting by the tree where its parser is there (parser.sh), by the server's tokens otherwise.
if vim.treesitter.start then pcall(vim.treesitter.start, buffer, 'ml') end
