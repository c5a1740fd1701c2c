#include "cli/commands/run_json.h"

#include <boost/json.hpp>

#include "cli/commands/commands.h"
#include "cli/findings.h"
#include "core/text/source_map.h"

namespace ml::cli {
namespace json = boost::json;
namespace {

constexpr std::size_t kNesting = 600;  // more than runtime/python/mlpy/runtime/result.py writes

// Text of a program: bytes that are no UTF-8 become U+FFFD.
json::value text_value(const std::string& text) { return json::parse(json_quoted(text)); }

json::object parsed(const std::string& text) {
  json::error_code failed;
  json::parse_options how;
  how.max_depth = kNesting;
  json::value value = json::parse(text, failed, {}, how);
  return failed || !value.is_object() ? json::object() : std::move(value.as_object());
}

json::value member(const json::object& from, std::string_view name, json::value otherwise) {
  const json::value* found = from.if_contains(name);
  return found ? *found : std::move(otherwise);
}

// What the program's process said on standard error about not starting, all of it.
std::string refusal(const std::string& err) {
  const std::size_t at = err.find("error: ");
  std::string text = at == err.npos ? err : err.substr(at + 7);
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

}  // namespace

struct RunDocument::Parts {
  json::array findings;
  std::string cache = "off";
  json::value profile;
  bool compile_failed = false, ran = false;
  json::value position;
  std::string message;
  sandbox::Outcome outcome;
};

RunDocument::RunDocument() : parts_(std::make_unique<Parts>()) {}
RunDocument::~RunDocument() = default;

void RunDocument::findings(const Program& program) {
  parts_->findings = findings_json(program, Severity::Warning);
}

void RunDocument::compile_error(const FirstError& error) {
  parts_->compile_failed = true;
  parts_->message = error.message;
  const json::value* shown = nullptr;  // as the findings show the file
  for (const json::value& finding : parts_->findings)
    if (shown == nullptr && finding.at("message").as_string() == error.message) shown = &finding.at("file");
  parts_->position = json::object{{"file", shown ? *shown : json::value(error.file.string())},
                                  {"line", error.place.line},
                                  {"column", error.place.column}};
}

void RunDocument::transpile_cache(const std::string& state) { parts_->cache = state; }

void RunDocument::profile(const std::string& text) { parts_->profile = json::parse(text); }

void RunDocument::outcome(const sandbox::Outcome& outcome) {
  parts_->ran = outcome.started;
  parts_->outcome = outcome;
}

std::string RunDocument::text(int status) const {
  const Parts& p = *parts_;
  const sandbox::Outcome& o = p.outcome;
  const json::object told = parsed(o.result);
  json::value kind = member(told, "kind", nullptr), message = member(told, "message", nullptr);
  json::value position = member(told, "position", p.position);
  if (!o.kind.empty()) {
    kind = o.kind;
    message = o.message;
  } else if (p.compile_failed) {
    kind = status == kBlocked ? "SecurityError" : "SyntaxError";
    message = p.message;
  } else if (status == 128 + 2) {
    kind = "interrupted";
  } else if (p.ran && kind.is_null() && (status == kCapability || status == kSandbox)) {
    kind = status == kCapability ? "capability_unmet" : "sandbox_unavailable";
    message = text_value(refusal(o.err));
  } else if (kind.is_null() && status != 0) {
    kind = !p.ran && status == kUsage ? "usage" : p.ran ? "exit" : "internal";
    if (!p.ran) message = "see standard error";
  }
  std::int64_t security = 0;
  for (const json::value& finding : p.findings) security += finding.at("code").as_string().starts_with("SEC");

  const json::value value = member(told, "value", nullptr);
  json::object usage{{"cpu_s", o.cpu_seconds}, {"wall_s", o.wall_seconds}, {"peak_bytes", o.peak_bytes}};
  const json::value own_usage = member(told, "usage", json::object());
  for (const char* name : {"written_bytes", "http_requests"})
    usage[name] = own_usage.is_object() ? member(own_usage.as_object(), name, 0) : json::value(0);
  const json::array none;
  const json::object no_capabilities{{"granted", none}, {"declared", none}, {"used", none}, {"denied", none}};
  json::object layers = parsed(o.layers);

  json::object out;
  out["ok"] = status == 0;
  out["exit_code"] = status;
  out["kind"] = kind;
  out["message"] = message;
  out["value"] = value;
  out["value_notes"] = member(told, "value_notes", none);
  out["position"] = position;
  out["stdout"] = text_value(o.out);
  out["stderr"] = text_value(o.err);
  out["truncated"] = json::object{{"stdout", o.out_cut}, {"stderr", o.err_cut}};
  out["usage"] = usage;
  out["capabilities"] = member(told, "capabilities", no_capabilities);
  out["findings"] = p.findings;
  out["violations"] = member(told, "violations", none);
  out["sandbox"] = layers.empty() ? json::value(nullptr) : json::value(std::move(layers));
  out["transpile_cache"] = p.cache;
  out["profile"] = p.profile;
  out["success"] = status == 0;
  out["return_value"] = value;
  out["execution_time"] = o.wall_seconds;
  out["memory_usage"] = o.peak_bytes;
  out["cpu_usage"] = o.wall_seconds > 0 ? 100 * o.cpu_seconds / o.wall_seconds : 0.0;
  out["security_issues"] = security;
  out["error"] = status == 0 ? json::value(nullptr) : message.is_null() ? kind : message;
  return json::serialize(out);
}

}  // namespace ml::cli
