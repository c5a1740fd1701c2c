#pragma once

// What texts and words look like to the security findings (security.md section 4). Pure; every function is
// linear in the text.

#include <string_view>

namespace ml::sema {

// Host code that will not run: `eval(`, `os.system(`, ... (SEC201).
bool looks_like_host_code(std::string_view text);
// The start of an SQL statement, or `UNION SELECT` anywhere (SEC202).
bool looks_like_query(std::string_view text);
bool looks_like_shell(std::string_view text);         // SEC203
bool leaves_directory(std::string_view path);         // `../` or `..\` (SEC204)
bool has_template_markers(std::string_view text);     // SEC205
bool has_active_markup(std::string_view text);        // `<script`, `javascript:` (ML1035)
bool names_sensitive_file(std::string_view text);     // `/etc/passwd`, `.ssh/`, ... (ML1036)
bool looks_like_secret(std::string_view text);        // keys and tokens of known forms (SEC211)
bool names_a_secret(std::string_view name);           // `db_password`, `apiToken` (SEC211)
bool may_backtrack_for_ever(std::string_view regex);  // nested quantifiers, overlapping alternatives (SEC212)

// `__` and what follows is a name the host could mean (SEC207); not a line of underscores.
bool is_reserved_word(std::string_view word);
// Any name of the host that a program must not use: SEC101, SEC104, SEC105.
bool is_host_word(std::string_view name);
// A member of frames, code objects, tracebacks or functions of the host (SEC106).
bool is_host_member(std::string_view member);
// eval, exec, ... (SEC104).
bool is_host_execution(std::string_view name);
// What to use instead of open, globals, ... (SEC105); empty for other names.
std::string_view instead_of_host_function(std::string_view name);
// What to use instead of os, subprocess, ... (SEC107), also below them; empty for other modules.
std::string_view instead_of_host_module(std::string_view dotted);
// Quotes, backslashes and characters that are not printable (SEC111).
bool is_plain_resource(std::string_view text);
// `*`, `**`, `/`, `/**` (SEC301).
bool covers_everything(std::string_view pattern);

}  // namespace ml::sema
