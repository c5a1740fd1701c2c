;; emacs --batch -l editor.el   (env: MODE = ml-script-mode.el, MLPY, WS = a folder with shop.ml)  -*- lexical-binding: t -*-
;; With `ml-test-costs': shop.ml has been profiled, and its costs are to be seen; else its mistake.
(package-initialize)
(require 'eglot)
(defvar ml-test-costs nil)
(setq eglot-sync-connect t eglot-autoshutdown t eglot-events-buffer-size 0 flymake-no-changes-timeout 0.1
      make-backup-files nil create-lockfiles nil)

(defun check (holds what)
  (princ (format "%s %s\n" (if holds "ok" "FAIL") what))
  (unless holds (kill-emacs 1)))

(defun within (seconds holds)
  "Wait until HOLDS returns something, and return that."
  (let ((end (+ (float-time) seconds)) (value nil))
    (while (and (not (setq value (funcall holds))) (< (float-time) end)) (accept-process-output nil 0.05))
    value))

(load (getenv "MODE"))
(setq ml-script-program (getenv "MLPY"))
(find-file (expand-file-name "shop.ml" (getenv "WS")))
(check (eq major-mode 'ml-script-mode) "the file is ML")

(defun ml-test-mode ()
  (check (progn (goto-char (point-min)) (search-forward "return") (beginning-of-line) (delete-horizontal-space)
                (ml-script-indent-line) (= (current-indentation) 4)) "a line is indented by its brackets")
  (set-buffer-modified-p nil)
  (font-lock-ensure)
  (goto-char (point-min))
  (check (eq (get-text-property (point) 'face) 'font-lock-keyword-face) "`function' is a keyword")
  (check (progn (search-forward "total") (eq (get-text-property (1- (point)) 'face) 'font-lock-function-name-face)) "its name is a function's"))

(defun ml-test-eglot ()
  (call-interactively #'eglot)
  (let ((server (eglot-current-server)))
    (check server "eglot reaches the server")
    (flymake-start)
    (let ((found (within 20 #'flymake-diagnostics)))
      (if ml-test-costs
          ;; No code lenses in this client, and no inlay hints before eglot 1.11: costs are hints on the names.
          (check (seq-some (lambda (d) (string-match-p "% of execution time" (flymake-diagnostic-text d))) found)
                 "the cost is a hint on the function")
        (check (seq-some (lambda (d) (and (string-match-p "totl" (flymake-diagnostic-text d))
                                          (= (line-number-at-pos (flymake-diagnostic-beg d)) 6)))
                         found)
               "the finding stands on its line")))
    (eglot-shutdown server)))

(defvar lsp-session-file)
(defun ml-test-lsp-mode ()
  (require 'lsp-mode) (require 'lsp-lens)
  (setq lsp-session-file (expand-file-name "lsp-session" (getenv "HOME")) lsp-auto-guess-root t lsp-lens-enable t
        lsp-enable-file-watchers nil lsp-diagnostics-provider :none lsp-keep-workspace-alive nil lsp-restart 'ignore)
  (lsp-workspace-folders-add (getenv "WS"))
  (lsp)
  (check (within 20 (lambda () (lsp-workspaces))) "lsp-mode reaches the server")
  (lsp-lens-refresh t)
  (let ((wanted (if ml-test-costs "% of execution time" "Run")))
    (check (within 10 (lambda ()
                        (seq-some (lambda (o)
                                    (and (overlay-get o 'lsp-lens)
                                         (string-match-p wanted (concat (overlay-get o 'before-string) (overlay-get o 'after-string)))))
                                  (overlays-in (point-min) (point-max)))))
           (format "a lens is drawn: %s" wanted))))

(unless ml-test-costs (ml-test-mode))
(ml-test-eglot)
(if (locate-library "lsp-mode") (ml-test-lsp-mode) (princ "-- no lsp-mode\n"))
(kill-emacs 0)
