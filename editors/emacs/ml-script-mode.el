;;; ml-script-mode.el --- ML programs of mlpy  -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "27.1"))

;;; Commentary:
;; A mode for ML files, and what eglot, lsp-mode, dape and dap-mode need to know.
;; Eglot has no code lenses; the server then shows costs at the end of the lines.

;;; Code:

(defgroup ml-script nil "ML programs of mlpy." :group 'languages)

(defcustom ml-script-program "mlpy" "The command." :type 'string)

(defcustom ml-script-lsp-mode-surface "lens"
  "Where lsp-mode shows what functions cost: lens, inlay, both, auto or off.
It does not tell servers that it has lenses."
  :type 'string)

(defvar ml-script-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 124b" table)
    (modify-syntax-entry ?* ". 23" table)
    (modify-syntax-entry ?\n "> b" table)
    (modify-syntax-entry ?_ "w" table)
    (modify-syntax-entry ?' "\"" table)
    (modify-syntax-entry ?` "\"" table)
    table))

(defconst ml-script-font-lock-keywords
  `((,(regexp-opt '("if" "elif" "else" "while" "for" "in" "break" "continue" "function" "fn" "return" "try"
                    "except" "finally" "throw" "import" "as" "nonlocal" "yield" "capability")
                  'symbols)
     . font-lock-keyword-face)
    ("\\_<function\\*?\\s-+\\([A-Za-z_][A-Za-z0-9_]*\\)" 1 font-lock-function-name-face)
    ("\\_<\\(true\\|false\\|null\\|undefined\\)\\_>" . font-lock-constant-face)))

(defun ml-script-indent-line ()
  "Indent by four for every bracket that is open before the line."
  (interactive)
  (let* ((depth (save-excursion (beginning-of-line) (car (syntax-ppss))))
         (closing (save-excursion (back-to-indentation) (looking-at "[]})]")))
         (column (* 4 (max 0 (if closing (1- depth) depth)))))
    (if (<= (current-column) (current-indentation))
        (indent-line-to column)
      (save-excursion (indent-line-to column)))))

;;;###autoload
(define-derived-mode ml-script-mode prog-mode "ML"
  "Major mode for ML programs of mlpy."
  (setq-local comment-start "// ")
  (setq-local comment-start-skip "//+\\s-*")
  (setq-local font-lock-defaults '(ml-script-font-lock-keywords))
  (setq-local indent-line-function #'ml-script-indent-line))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.ml\\'" . ml-script-mode))

(defun ml-script-run-profiled ()
  "Run the file of this buffer and show what its functions cost."
  (interactive)
  (save-buffer)
  (compile (format "%s run --profile %s" ml-script-program (shell-quote-argument buffer-file-name))))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs (cons 'ml-script-mode (lambda (&rest _) (list ml-script-program "lsp")))))

(declare-function lsp-lens-refresh "lsp-lens")
(defvar lsp-lens-mode)
(defun ml-script-refresh-lenses ()
  "Ask anew for the lenses of all ML buffers."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and (derived-mode-p 'ml-script-mode) (bound-and-true-p lsp-lens-mode)) (lsp-lens-refresh t buffer)))))

(declare-function lsp-register-client "lsp-mode")
(declare-function make-lsp-client "lsp-mode")
(declare-function lsp-stdio-connection "lsp-mode")
(declare-function lsp-register-custom-settings "lsp-mode")
(defvar lsp-language-id-configuration)
(with-eval-after-load 'lsp-mode
  (add-to-list 'lsp-language-id-configuration '(ml-script-mode . "ml"))
  (lsp-register-custom-settings '(("ml.profile.surface" ml-script-lsp-mode-surface)))
  (lsp-register-client
   (make-lsp-client :new-connection (lsp-stdio-connection (lambda () (list ml-script-program "lsp")))
                    :major-modes '(ml-script-mode) :server-id 'mlpy
                    ;; The server shows another profile.
                    :notification-handlers (lsp-ht ("mlpy/profile/changed" (lambda (_workspace _params) (ml-script-refresh-lenses)))))))

(defvar dape-configs)
(with-eval-after-load 'dape
  (add-to-list 'dape-configs
               `(ml modes (ml-script-mode) command ,ml-script-program command-args ("dap")
                    :type "ml" :request "launch" :program dape-buffer-default))
  (add-to-list 'dape-configs
               `(ml-profile modes (ml-script-mode) command ,ml-script-program command-args ("dap")
                            :type "ml" :request "launch" :program dape-buffer-default :profile "ml-details" :noDebug t)))

(provide 'ml-script-mode)
;;; ml-script-mode.el ends here
