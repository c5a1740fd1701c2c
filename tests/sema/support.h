#pragma once

// Analysing small programs in tests. Include after Catch2.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/ast/build.h"
#include "core/sema/analysis.h"
#include "core/syntax/tree.h"
#include "tests/support/marks.h"

namespace ml::test {

struct Analysed {
  Interner names;
  ast::Module module;
  sema::Analysis analysis;

  const sema::Variable* module_variable(std::string_view name) const {
    for (const sema::Variable& v : analysis.module_variables) {
      if (names.text(v.name) == name) return &v;
    }
    return nullptr;
  }
  // The first local variable of that name in any function.
  const sema::Variable* local(std::string_view name) const {
    for (const auto& item : analysis.items) {
      for (const sema::FunctionScope& f : item->functions) {
        for (const sema::Variable& v : f.variables) {
          if (names.text(v.name) == name) return &v;
        }
      }
    }
    return nullptr;
  }
};

inline sema::ImportedModule library_only(std::string_view dotted) {
  sema::ImportedModule found;
  if (stdlib::catalogue().module(dotted) != nullptr) found.kind = sema::ImportedModule::Kind::Library;
  return found;
}

inline Analysed analyse(std::string_view source, const sema::ImportResolver& resolve = library_only,
                        const sema::AnalyzeOptions& options = {}) {
  Analysed out;
  const syntax::Tree tree = syntax::parse(source);
  out.module = ast::build(tree, source, out.names);
  out.analysis = sema::analyze(out.module, out.names, stdlib::catalogue(), resolve, options, nullptr);
  return out;
}

// Errors and warnings; infos too when asked for.
inline std::vector<Diagnostic> findings(std::string_view source, bool infos = false,
                                        const sema::ImportResolver& resolve = library_only,
                                        const sema::AnalyzeOptions& options = {}) {
  std::vector<Diagnostic> found = analyse(source, resolve, options).analysis.diagnostics;
  if (!infos) std::erase_if(found, [](const Diagnostic& d) { return d.severity == Severity::Info; });
  return found;
}

// Checks the marks of a source against its errors and warnings.
inline void check(std::string_view marked) {
  check_marks(marked, [](std::string_view source) { return findings(source); });
}

// The same with infos.
inline void check_all(std::string_view marked) {
  check_marks(marked, [](std::string_view source) { return findings(source, true); });
}

// "error", "warning" or "info" of the only finding with that code; otherwise how many there are.
inline std::string severity_of(std::string_view source, std::string_view code) {
  std::vector<Diagnostic> found = findings(source, true);
  std::erase_if(found, [&](const Diagnostic& d) { return code_name(d.code) != code; });
  return found.size() == 1 ? std::string(severity_name(found[0].severity)) : std::to_string(found.size());
}

inline bool has_code(const std::vector<Diagnostic>& found, std::string_view code) {
  for (const Diagnostic& d : found) {
    if (code_name(d.code) == code) return true;
  }
  return false;
}

// A program of several files: `--- name.ml` starts another one, the first is the main program.
class Program {
 public:
  explicit Program(std::string_view text) {
    std::string name = "main";
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      if (line.starts_with("--- ")) {
        name = line.substr(4, line.rfind(".ml") - 4);
        std::replace(name.begin(), name.end(), '/', '.');
      } else {
        files_[name].append(line).push_back('\n');
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  // Findings of the main program.
  std::vector<Diagnostic> findings() { return analyse_file("main").analysis.diagnostics; }
  std::vector<Diagnostic> findings_of(const std::string& name) {
    return analyse_file(name).analysis.diagnostics;
  }

 private:
  Analysed analyse_file(const std::string& name) {
    open_.push_back(name);
    Analysed result =
        analyse(files_[name], [this](std::string_view dotted) { return resolve(std::string(dotted)); });
    open_.pop_back();
    return result;
  }

  // From the importing file's folder, else from the main program's.
  sema::ImportedModule resolve(const std::string& name) {
    sema::ImportedModule found = library_only(name);
    if (found.kind == sema::ImportedModule::Kind::Library) {
      found.hides_user_module = files_.contains(name);
      return found;
    }
    const std::size_t folder = open_.back().rfind('.');
    std::string dotted = folder == std::string::npos ? name : open_.back().substr(0, folder + 1) + name;
    if (!files_.contains(dotted)) dotted = name;
    if (!files_.contains(dotted)) return found;
    if (std::find(open_.begin(), open_.end(), dotted) != open_.end()) {
      found.kind = sema::ImportedModule::Kind::Cycle;
      cycle_ = dotted;
      for (auto it = std::find(open_.begin(), open_.end(), dotted); it != open_.end(); ++it)
        found.detail += *it + " -> ";
      found.detail += dotted;
      return found;
    }
    const Analysed imported = analyse_file(dotted);
    for (const sema::Variable& v : imported.analysis.module_variables) {
      found.exports.emplace_back(imported.names.text(v.name));
    }
    found.kind = sema::ImportedModule::Kind::User;
    if (has_code(imported.analysis.diagnostics, "ML0602")) {
      found.kind = sema::ImportedModule::Kind::Cycle;
      found.detail = dotted + " -> ... -> " + cycle_;
    } else if (imported.analysis.has_errors()) {
      found.kind = sema::ImportedModule::Kind::Broken;
      found.detail = dotted + ".ml: " + imported.analysis.diagnostics.front().message;
    }
    return found;
  }

  std::map<std::string, std::string, std::less<>> files_;
  std::vector<std::string> open_;
  std::string cycle_;
};

}  // namespace ml::test
