-- Neovim 0.11 or newer, without the plugin in editors/neovim.
vim.filetype.add({ extension = { ml = function(path) return vim.fs.root(path, { "dune-project" }) and "ocaml" or "ml" end } })
vim.lsp.config("ml", { cmd = { "mlpy", "lsp" }, filetypes = { "ml" }, root_markers = { "mlpy.json", ".git" } })
vim.lsp.enable("ml")
vim.lsp.inlay_hint.enable(true)
vim.api.nvim_create_autocmd({ "BufEnter", "InsertLeave" }, { pattern = "*.ml", callback = function() vim.lsp.codelens.refresh({ bufnr = 0 }) end })
local found, dap = pcall(require, "dap")
if found then
  dap.adapters.ml = { type = "executable", command = "mlpy", args = { "dap" } }
  dap.configurations.ml = {
    { type = "ml", request = "launch", name = "Debug", program = "${file}" },
    { type = "ml", request = "launch", name = "Profile", program = "${file}", profile = "ml-details", noDebug = true },
  }
  dap.listeners.after["event_mlpy/profile"]["ml"] = function(_, body)
    for _, client in ipairs(vim.lsp.get_clients({ name = "ml" })) do
      client:request("workspace/executeCommand", { command = "ml.profile.load", arguments = { { uri = body.uri } } })
    end
  end
end
