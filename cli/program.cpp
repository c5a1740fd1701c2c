#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "cli/files.h"
#include "core/ast/build.h"
#include "core/base/files.h"
#include "core/base/sha256.h"
#include "core/diag/render.h"
#include "core/diag/security.h"
#include "core/diag/sink.h"
#include "core/stdlib/catalogue.h"
#include "core/syntax/tree.h"
#include "core/text/nearest.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

// More than the 2 MiB of security.md: programs of 100,000 lines have 3.5 MB and compile well.
constexpr std::size_t kLargestSource = 8u << 20;

// Walks the import graph depth first; a module is analysed after the modules it imports.
class Compiler {
 public:
  Compiler(Program& program, const CompileOptions& options, fs::path main_folder)
      : program_(program),
        options_(options),
        search_{options.import_paths, std::move(main_folder), options.own_folder},
        names_(*program.names) {}

  int compile(const std::string& name, const fs::path& file, std::string text) {
    const int index = static_cast<int>(program_.modules.size());
    program_.modules.push_back(std::make_unique<CompiledModule>());
    CompiledModule& module = *program_.modules.back();
    module.name = name;
    module.file = file;
    module.shown_file = shown_path(file);
    module.text = std::move(text);
    by_file_[file.string()] = index;
    open_.push_back(index);
    if (module.text.size() > kLargestSource) {
      DiagSink sink;
      sink.emit(diag::SourceTooLarge, {0, 1}).hint =
          fmt::format("files are at most {} MiB large", kLargestSource >> 20);
      module.analysis.diagnostics = sink.take();
      module.analysis.incomplete = program_.has_errors = true;
      judge_security(module);
      open_.pop_back();
      return index;
    }
    {
      const PhaseTimer timer(program_.steps, "parsing", "parse_file");
      const syntax::Tree tree = syntax::parse(module.text);
      module.ast = ast::build(tree, module.text, names_);
    }
    analyse(module);
    open_.pop_back();
    return index;
  }

 private:
  void analyse(CompiledModule& module) {
    std::unordered_map<std::string, sema::ImportedModule> found;
    for (const ast::PlacedItem& item : module.ast.items) {
      if (!item.item->stmt || item.item->stmt->kind != ast::StmtKind::Import) continue;
      const std::string dotted(ast::as<ast::ImportStmt>(item.item->stmt).dotted);
      if (!found.contains(dotted)) found.emplace(dotted, resolve(module, dotted));
    }
    sema::AnalyzeOptions analyze_options;
    if (&module == program_.modules.front().get()) {
      analyze_options.host_names = options_.host_names;
      analyze_options.interactive = options_.interactive;
    }
    const auto started = PhaseTimer::Clock::now();
    sema::SecurityTimes security;
    module.analysis = sema::analyze(
        module.ast, names_, stdlib::catalogue(),
        [&](std::string_view dotted) {
          const auto it = found.find(std::string(dotted));
          return it == found.end() ? sema::ImportedModule{} : it->second;
        },
        analyze_options, nullptr, &security);
    judge_security(module);
    add_analysis_steps(PhaseTimer::Clock::now() - started, security);
    if (module.analysis.has_errors()) program_.has_errors = true;
    if (!options_.emit || program_.has_errors || program_.blocked) return;
    const PhaseTimer timer(program_.steps, "transpilation", "generate_python");
    emit::EmitOptions emit_options;
    const bool main = &module == program_.modules.front().get();
    emit_options.closed_world = main && !options_.open_world;
    if (main) emit_options.host_names = options_.host_names;
    module.emitted =
        emit::emit(module.ast, module.analysis, names_, stdlib::catalogue(), module.text, emit_options);
    if (!module.emitted.diagnostics.empty()) {
      auto& all = module.analysis.diagnostics;
      all.insert(all.end(), module.emitted.diagnostics.begin(), module.emitted.diagnostics.end());
      judge_security(module);
      program_.has_errors = true;
    }
  }

  void add_analysis_steps(std::chrono::nanoseconds all, const sema::SecurityTimes& security) {
    const std::chrono::nanoseconds patterns(security.patterns_ns), data_flow(security.data_flow_ns);
    program_.steps.push_back({"parsing", "build_symbols", std::max(all - patterns - data_flow, {})});
    program_.steps.push_back({"security_analysis", "scan_patterns", patterns});
    program_.steps.push_back({"security_analysis", "track_data_flow", data_flow});
  }

  void judge_security(CompiledModule& module) {
    auto& findings = module.analysis.diagnostics;
    if (options_.enforce == Enforce::Nothing) return;
    const bool strict = options_.enforce == Enforce::Strict;
    if (any_blocks(findings, strict)) program_.blocked = true;
    for (Diagnostic& d : findings) {
      if (!strict && is_security(d.code) && !blocks(d, strict) && d.severity == Severity::Error)
        d.severity = Severity::Warning;
    }
  }

  sema::ImportedModule resolve(CompiledModule& importer, const std::string& dotted) {
    using Kind = sema::ImportedModule::Kind;
    sema::ImportedModule result;
    FoundModule found = find_module(dotted, importer.file.parent_path(), search_);
    for (fs::path& file : found.absent) program_.dependencies.push_back({std::move(file), ""});
    if (stdlib::catalogue().module(dotted)) {
      result.kind = Kind::Library;
      result.hides_user_module = found.file.has_value();
      importer.imports.emplace_back(dotted, -1);
      return result;
    }
    const auto& extensions = options_.extensions;
    if (std::find(extensions.begin(), extensions.end(), dotted) != extensions.end()) {
      result.kind = Kind::Library;
      result.hides_user_module = found.file.has_value();
      importer.imports.emplace_back(dotted, -1);
      return result;
    }
    if (!found.file) {
      result.leaves_roots = found.leaves_roots;
      result.detail = not_found_detail(importer, dotted);
      return result;
    }
    int index = -1;
    if (const auto known = by_file_.find(found.file->string()); known != by_file_.end()) {
      index = known->second;
      if (std::find(open_.begin(), open_.end(), index) != open_.end()) {
        result.kind = Kind::Cycle;
        result.detail = chain_to(index);
        return result;
      }
    } else {
      std::optional<std::string> text;
      {
        const PhaseTimer timer(program_.steps, "parsing", "read_source");
        text = read_file(*found.file);
      }
      if (!text) {
        result.detail = found.file->string() + " cannot be read";
        return result;
      }
      program_.dependencies.push_back({*found.file, sha256(*text)});
      index = compile(dotted, *found.file, std::move(*text));
    }
    const CompiledModule& imported = *program_.modules[static_cast<std::size_t>(index)];
    importer.imports.emplace_back(dotted, index);
    result.kind = imported.analysis.has_errors() ? Kind::Broken : Kind::User;
    if (result.kind == Kind::Broken) result.detail = imported.shown_file;
    for (const sema::Variable& v : imported.analysis.module_variables)
      result.exports.emplace_back(names_.text(v.name));
    return result;
  }

  // "a -> b -> a" for the modules open from `index` on.
  std::string chain_to(int index) const {
    const auto title = [&](int i) {
      const CompiledModule& m = *program_.modules[static_cast<std::size_t>(i)];
      return m.name.empty() ? m.file.stem().string() : m.name;
    };
    std::string chain;
    for (auto it = std::find(open_.begin(), open_.end(), index); it != open_.end(); ++it)
      chain += title(*it) + " -> ";
    return chain + title(index);
  }

  std::string not_found_detail(const CompiledModule& importer, const std::string& dotted) const {
    std::string detail = "looked in ";
    for (const fs::path& path : search_.paths) detail += shown_path(path) + ", ";
    std::string own = shown_path(importer.file.parent_path());
    if (search_.main_folder != importer.file.parent_path()) own += ", " + shown_path(search_.main_folder);
    if (search_.own_folder)
      detail += own;
    else if (search_.paths.empty())
      detail = "no folder to look in: the program's own is left out, and --import-paths names none";
    else
      detail.resize(detail.size() - 2);
    std::vector<std::string> names = importable_names(importer.file.parent_path(), search_);
    for (const stdlib::Module& m : stdlib::catalogue().modules()) names.emplace_back(m.name);
    Nearest near(dotted);
    for (const std::string& name : names) near.offer(name);
    if (!near.best().empty()) detail += "; did you mean '" + std::string(near.best()) + "'?";
    return detail;
  }

  Program& program_;
  const CompileOptions& options_;
  SearchPath search_;
  Interner& names_;
  std::unordered_map<std::string, int> by_file_;
  std::vector<int> open_;  // modules being compiled, outermost first
};

}  // namespace

Program compile_program(const fs::path& main_file, std::string main_text, const CompileOptions& options) {
  Program program;
  Compiler(program, options, main_file.parent_path()).compile("", main_file, std::move(main_text));
  return program;
}

FirstError first_error(const Program& program) {
  // Modules come after those that import them, and an importer's error is often only that of its import.
  for (auto module = program.modules.rbegin(); module != program.modules.rend(); ++module) {
    for (const Diagnostic& finding : (*module)->analysis.diagnostics) {
      if (finding.severity != Severity::Error) continue;
      const LineIndex lines((*module)->text);
      return {(*module)->file, finding.message, lines.line_column(finding.span.begin)};
    }
  }
  return {};
}

std::string render_findings(const Program& program, Severity lowest) {
  std::string out;
  for (const auto& module : program.modules) {
    const LineIndex lines(module->text);
    std::array<std::size_t, 4> shown{};  // by severity
    std::size_t hidden = 0;
    for (const Diagnostic& finding : module->analysis.diagnostics) {
      if (finding.severity > lowest) continue;
      if (++shown.at(static_cast<std::size_t>(finding.severity)) > kMostFindings) {
        ++hidden;
      } else {
        out += render(finding, module->shown_file, lines);
      }
    }
    if (hidden > 0) {
      out += fmt::format("note: {} more finding{} in {} {} not shown; `mlpy check --json` lists all\n",
                         hidden, hidden == 1 ? "" : "s", module->shown_file, hidden == 1 ? "is" : "are");
    }
  }
  return out;
}

std::vector<link::BundleCapability> declared_capabilities(const CompiledModule& module) {
  std::vector<link::BundleCapability> declared;
  for (const ast::PlacedItem& item : module.ast.items) {
    if (!item.item->stmt || item.item->stmt->kind != ast::StmtKind::Capability) continue;
    const auto& statement = ast::as<ast::CapabilityStmt>(item.item->stmt);
    link::BundleCapability& capability = declared.emplace_back();
    capability.name = statement.name;
    for (const ast::CapabilityItem& part : statement.items) {
      const bool resource = part.kind == ast::CapabilityItem::Kind::Resource;
      const auto target = part.has_target ? std::optional<std::string>(part.target) : std::nullopt;
      capability.items.push_back({resource, std::string(part.action), target});
    }
  }
  return declared;
}

}  // namespace ml::cli
