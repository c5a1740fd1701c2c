#include "dap/session.h"

#include <filesystem>

#include "wire/uri.h"

namespace ml::dap {

namespace fs = std::filesystem;

std::string text_of(const json::object& o, std::string_view key, std::string otherwise) {
  const auto* value = o.if_contains(wire::sv(key));
  return value && value->is_string() ? std::string(wire::sv(value->get_string())) : otherwise;
}
std::int64_t number_of(const json::object& o, std::string_view key, std::int64_t otherwise) {
  const auto* value = o.if_contains(wire::sv(key));
  return value ? wire::integer_of(*value).value_or(otherwise) : otherwise;
}
bool flag_of(const json::object& o, std::string_view key, bool otherwise) {
  const auto* value = o.if_contains(wire::sv(key));
  return value && value->is_bool() ? value->get_bool() : otherwise;
}
const json::object* object_of(const json::object& o, std::string_view key) {
  const auto* value = o.if_contains(wire::sv(key));
  return value ? value->if_object() : nullptr;
}
const json::array* array_of(const json::object& o, std::string_view key) {
  const auto* value = o.if_contains(wire::sv(key));
  return value ? value->if_array() : nullptr;
}

Session::Session(wire::Transport& transport, std::uint64_t max_message)
    : transport_(transport), peer_(transport, envelope_, *this, [&] {
        wire::Peer::Options options;
        options.frames.max_body = max_message;
        options.cancel_method = {};
        return options;
      }()) {}

Session::~Session() = default;

int Session::run() {
  std::thread state([this] { loop_.run(); });
  peer_.run();
  loop_.post([this] {
    ++run_;
    debuggee_.reset();
    loop_.stop();
  });
  state.join();
  peer_.outbox().flush(std::chrono::milliseconds(100));
  return exit_code_;
}

const std::map<std::string, Session::Handle, std::less<>>& Session::handlers() {
  static const std::map<std::string, Handle, std::less<>> table{
      {"initialize", &Session::initialize},
      {"launch", &Session::launch},
      {"attach", &Session::attach},
      {"configurationDone", &Session::configuration_done},
      {"restart", &Session::restart},
      {"terminate", &Session::terminate},
      {"disconnect", &Session::disconnect},
      {"cancel", &Session::cancel},
      {"setBreakpoints", &Session::set_breakpoints},
      {"setFunctionBreakpoints", &Session::set_function_breakpoints},
      {"setExceptionBreakpoints", &Session::set_exception_breakpoints},
      {"breakpointLocations", &Session::breakpoint_locations},
      {"continue", &Session::continue_},
      {"next", &Session::next},
      {"stepIn", &Session::step_in},
      {"stepOut", &Session::step_out},
      {"stepInTargets", &Session::step_in_targets},
      {"stepBack", &Session::step_back},
      {"reverseContinue", &Session::reverse_continue},
      {"pause", &Session::pause},
      {"threads", &Session::threads},
      {"stackTrace", &Session::stack_trace},
      {"scopes", &Session::scopes},
      {"variables", &Session::variables},
      {"setVariable", &Session::set_variable},
      {"setExpression", &Session::set_expression},
      {"evaluate", &Session::evaluate},
      {"completions", &Session::completions},
      {"exceptionInfo", &Session::exception_info},
      {"locations", &Session::locations},
      {"loadedSources", &Session::loaded_sources},
      {"modules", &Session::modules},
      {"source", &Session::source},
      {"dataBreakpointInfo", &Session::data_breakpoint_info},
      {"setDataBreakpoints", &Session::set_data_breakpoints},
      {"gotoTargets", &Session::goto_targets},
      {"goto", &Session::goto_},
      {"mlpy/profile/start", &Session::profile_start},
      {"mlpy/profile/stop", &Session::profile_stop},
      {"mlpy/profile/snapshot", &Session::profile_snapshot},
      {"mlpy/profile/status", &Session::profile_status},
  };
  return table;
}

void Session::on_request(CallPtr call) {
  loop_.post([this, call] { handle(call); });
}

void Session::on_notification(wire::Notification) {}

void Session::on_trouble(std::string what) {
  loop_.post([this, what] {
    if (initialized_) console("mlpy dap: " + what + "\n");
  });
}

void Session::handle(const CallPtr& call) {
  if (!initialized_ && call->method() != "initialize")
    return fail(call, "the session begins with initialize");
  const auto found = handlers().find(call->method());
  if (found == handlers().end()) {
    for (const char* memory : {"readMemory", "writeMemory", "disassemble"}) {
      if (call->method() == memory) return fail(call, "not supported by ML");
    }
    return fail(call, "unknown request '" + call->method() + "'");
  }
  calls_[*wire::integer_of(call->request().id)] = call;
  try {
    (this->*found->second)(call, call->params().get_object());
  } catch (const std::exception& defect) {
    fail(call, std::string("internal error: ") + defect.what());
  }
  std::erase_if(calls_, [](const auto& entry) { return entry.second.expired(); });
}

void Session::fail(const CallPtr& call, std::string message, bool show) {
  json::object more;
  if (show) more["showUser"] = true;
  call->answer(wire::RpcError{1, std::move(message), std::move(more)});
}

void Session::console(std::string text, const char* category) {
  event("output", {{"category", category}, {"output", wire::sv(text)}});
}

std::shared_ptr<const Source> Session::source_of(const std::string& path) {
  auto& known = sources_[path];
  if (!known) known = read_source(path);
  return known;
}

int Session::module_of(const std::string& path) const {
  // A service that loads a file again has it as a new module.
  for (std::size_t i = module_files_.size(); i-- > 0;) {
    if (module_files_[i] == path) return static_cast<int>(i);
  }
  return -1;
}

json::object Session::source_json(const std::string& path) const {
  const std::string shown = lines_.uris ? wire::uri_of_path(path) : path;
  return {{"name", wire::sv(fs::path(path).filename().string())}, {"path", wire::sv(shown)}};
}

std::string Session::path_in(const json::object& source) const {
  std::string path = text_of(source, "path");
  if (const auto plain = wire::path_of_uri(path)) path = plain->string();
  if (path.empty()) return {};
  std::error_code failed;
  const fs::path canonical = fs::weakly_canonical(path, failed);
  return failed ? path : canonical.string();
}

}  // namespace ml::dap
