" Vim 8 or newer with ALE; for coc.nvim put {"languageserver": {"ml": {"command": "mlpy", "args": ["lsp"], "filetypes": ["ml"]}}} into its settings.
autocmd BufRead,BufNewFile *.ml setlocal filetype=ml commentstring=//\ %s shiftwidth=4 expandtab
let g:ale_linters = get(g:, 'ale_linters', {})
let g:ale_linters.ml = ['mlpy']
function! s:define() abort
  call ale#linter#Define('ml', {
  \ 'name': 'mlpy', 'lsp': 'stdio', 'language': 'ml', 'executable': 'mlpy', 'command': '%e lsp',
  \ 'project_root': {buffer -> fnamemodify(bufname(buffer), ':p:h')} })
endfunction
autocmd VimEnter * silent! call s:define()
