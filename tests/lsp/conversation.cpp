#include "tests/lsp/conversation.h"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "wire/framing.h"

namespace ml::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Line {
  std::size_t number;
  std::string text;  // continuation lines joined
};

struct Script {
  std::map<std::string, std::string> files;
  std::vector<Line> steps;
};

Script read_script(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  Script script;
  std::string line, file;
  bool prose = true;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const bool step = line.starts_with("-->") || line.starts_with("<--");
    if (step) {
      file.clear(), prose = false;
      script.steps.push_back({number, line});
    } else if (line.starts_with("-- ")) {
      file = line.substr(3), prose = false;
      script.files[file];
    } else if (!file.empty()) {
      script.files[file] += line + "\n";
    } else if (!prose && line.starts_with(" ")) {
      script.steps.back().text += "\n" + line;
    } else if (!prose && !line.empty() && !line.starts_with("#")) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": neither step nor continuation");
    }
  }
  return script;
}

// What a request or expectation is written with: a word and JSON.
std::pair<std::string, std::string> split(const std::string& text) {
  const std::size_t space = std::min(text.find_first_of(" \n"), text.size());
  const std::size_t rest = std::min(text.find_first_not_of(" \n", space), text.size());
  return {text.substr(0, space), text.substr(rest)};
}

json position(const std::string& line, const std::string& column) {
  return {{"line", std::stoul(line) - 1}, {"character", std::stoul(column) - 1}};
}

class Player {
 public:
  Player(Script script, std::unique_ptr<wire::Transport> server)
      : script_(std::move(script)), server_(std::move(server)) {
    char name[] = "/tmp/mlpy-talk-XXXXXX";
    folder_ = fs::canonical(mkdtemp(name)).string();
    for (const auto& [file, text] : script_.files) {
      fs::create_directories(fs::path(folder_ + "/" + file).parent_path());
      std::ofstream(folder_ + "/" + file, std::ios::binary) << text;
    }
  }
  ~Player() { fs::remove_all(folder_); }

  std::string play() {
    // What is expected and never comes would be waited for without end.
    std::thread watchdog([this] {
      std::unique_lock lock(mutex_);
      if (!done_.wait_for(lock, std::chrono::seconds(60), [this] { return over_; })) server_->close();
    });
    const std::string wrong = play_steps();
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      done_.notify_all();
    }
    watchdog.join();
    return wrong;
  }

 private:
  std::string play_steps() {
    for (const Line& line : script_.steps) {
      try {
        if (line.text.starts_with("-->"))
          say(line.text.substr(4));
        else
          expect(line.text.substr(4));
      } catch (const std::exception& wrong) {
        return "line " + std::to_string(line.number) + ": " + wrong.what();
      }
    }
    try {
      handshake();
      ask("shutdown", json::object());
      if (const json end = answer(); end.contains("error") && !shut_down_)
        return "shutdown failed: " + end.dump();
      send({{"jsonrpc", "2.0"}, {"method", "exit"}});
    } catch (const std::exception& wrong) {
      return std::string("at the end: ") + wrong.what();
    }
    return {};
  }

  std::string uri(const std::string& file) const { return "file://" + folder_ + "/" + file; }

  json expand(json value) const {
    static const std::regex range("(\\d+):(\\d+)-(\\d+):(\\d+)"), place("(\\d+):(\\d+)");
    if (value.is_string()) {
      const std::string text = value;
      std::smatch m;
      if (std::regex_match(text, m, range))
        return {{"start", position(m[1], m[2])}, {"end", position(m[3], m[4])}};
      if (std::regex_match(text, m, place)) return position(m[1], m[2]);
      if (text.starts_with("$")) return text == "$" ? "file://" + folder_ : uri(text.substr(1));
      return value;
    }
    if (value.is_object()) {
      json out = json::object();
      for (auto& [key, inner] : value.items()) {
        if (key == "at" && inner.is_string()) {
          const auto [file, where] = split(inner);
          out["textDocument"] = {{"uri", uri(file)}};
          out["position"] = expand(where);
        } else if (key == "in" && inner.is_string()) {
          out["textDocument"] = {{"uri", uri(inner)}};
        } else {
          out[key] = expand(inner);
        }
      }
      return out;
    }
    if (value.is_array()) {
      for (json& inner : value) inner = expand(inner);
    }
    return value;
  }
  json parse(const std::string& text) const {
    return expand(text.empty() ? json::object() : json::parse(text));
  }

  void send(const json& message) {
    const std::string body = message.dump();
    if (!server_->write(wire::frame_header(body.size()) + body))
      throw std::runtime_error("the server has gone");
  }
  void note(const std::string& method, json params) {
    send({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
  }
  void ask(const std::string& method, json params) {
    send({{"jsonrpc", "2.0"}, {"id", ++id_}, {"method", method}, {"params", std::move(params)}});
  }
  void handshake() {
    if (initialized_) return;
    initialized_ = true;
    ask("initialize",
        expand(json::parse(
            R"({"processId": null, "capabilities": {}, "workspaceFolders": [{"uri": "$", "name": "w"}]})")));
    if (answer().contains("error")) throw std::runtime_error("initialize failed");
    note("initialized", json::object());
  }

  void say(const std::string& text) {
    const auto [word, rest] = split(text);
    if (word == "initialize") {
      initialized_ = true;
      json params = parse(rest);
      if (!params.contains("workspaceFolders"))
        params["workspaceFolders"] = expand(json::parse(R"([{"uri": "$", "name": "w"}])"));
      ask(word, params);
      return;
    }
    if (word == "raw") return void(server_->write(expand_raw(rest)));
    handshake();
    if (word == "open") {
      const auto [file, as] = split(rest);
      note("textDocument/didOpen", {{"textDocument",
                                     {{"uri", uri(file)},
                                      {"languageId", as.empty() ? "ml" : as.substr(3)},
                                      {"version", versions_[file] = 1},
                                      {"text", script_.files[file]}}}});
    } else if (word == "change") {
      const auto [file, what] = split(rest);
      json changes = parse(what);
      if (!changes.is_array()) changes = json::array({changes});
      note("textDocument/didChange", {{"textDocument", {{"uri", uri(file)}, {"version", ++versions_[file]}}},
                                      {"contentChanges", changes}});
    } else if (word == "close" || word == "save") {
      note(word == "close" ? "textDocument/didClose" : "textDocument/didSave",
           {{"textDocument", {{"uri", uri(rest)}}}});
    } else if (word == "disk") {
      const auto [file, from] = split(rest);
      const fs::path to = folder_ + "/" + file;
      fs::create_directories(to.parent_path());
      fs::copy_file(folder_ + "/" + from, to.string() + ".new");
      fs::rename(to.string() + ".new", to);
    } else if (word == "remove") {
      fs::remove(folder_ + "/" + rest);
    } else if (word == "notify") {
      const auto [method, params] = split(rest);
      note(method, parse(params));
    } else {
      shut_down_ |= word == "shutdown";
      ask(word, parse(rest));
    }
  }
  static std::string expand_raw(const std::string& text) { return json::parse(text).get<std::string>(); }

  void expect(const std::string& text) {
    const auto [word, rest] = split(text);
    const bool plain = word.starts_with("{") || word.starts_with("[") || word.starts_with("\"") ||
                       word == "null" || word == "true" || word == "false" ||
                       (!word.empty() && std::isdigit(word[0]));
    if (plain) {
      const json message = answer();
      if (message.contains("error")) throw std::runtime_error("answered with " + message["error"].dump());
      return compare(parse(text), message.at("result"));
    }
    if (word == "error-of") {
      const auto [id, number] = split(rest);
      next([&](const json& m) {
        return m.contains("error") && m["id"] == json::parse(id) && m["error"]["code"] == std::stoi(number);
      });
      return;
    }
    if (word == "error" || word == "error-null") {
      const json message = word == "error"
                               ? answer()
                               : next([](const json& m) { return m.contains("error") && m["id"].is_null(); });
      if (!message.contains("error")) throw std::runtime_error("answered with " + message.dump());
      if (message["error"]["code"] != std::stoi(rest))
        throw std::runtime_error("answered with " + message["error"].dump());
      return;
    }
    const json expected = parse(rest);
    next([&](const json& m) {
      return m.contains("method") && m["method"] == word &&
             matches(expected, m.value("params", json::object()));
    });
  }

  json answer() {
    const auto id = id_;
    return next([&](const json& m) { return !m.contains("method") && m.contains("id") && m["id"] == id; });
  }
  template <class Is>
  json next(Is is) {
    for (auto it = heard_.begin(); it != heard_.end(); ++it) {
      if (!is(*it)) continue;
      const json found = *it;
      // Diagnostics are waited for in order; answers may overtake each other.
      heard_.erase(it);
      return found;
    }
    for (;;) {
      json message = hear();
      if (is(message)) return message;
      heard_.push_back(std::move(message));
    }
  }
  json hear() {
    while (bodies_.empty()) {
      char buffer[65536];
      const std::size_t size = server_->read(buffer);
      if (size == 0) throw std::runtime_error("the server has gone; heard: " + json(heard_).dump());
      frames_.feed({buffer, size});
    }
    json message = json::parse(bodies_.front());
    bodies_.pop_front();
    if (message.contains("method") && message.contains("id"))
      send({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", nullptr}});
    return message;
  }

  static bool matches(const json& expected, const json& actual) {
    if (expected == "*") return true;
    if (expected.is_object() && actual.is_object()) {
      for (const auto& [key, value] : expected.items()) {
        if (value.is_null() ? actual.contains(key) && !actual[key].is_null()
                            : !actual.contains(key) || !matches(value, actual[key]))
          return false;
      }
      return true;
    }
    if (expected.is_array() && actual.is_array()) {
      if (expected.size() != actual.size()) return false;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        if (!matches(expected[i], actual[i])) return false;
      }
      return true;
    }
    return expected == actual;
  }
  static void compare(const json& expected, const json& actual) {
    if (matches(expected, actual)) return;
    json patched = actual;
    patched.merge_patch(expected);
    throw std::runtime_error("difference " + json::diff(actual, patched).dump() + "\nfound " + actual.dump());
  }

  std::mutex mutex_;
  std::condition_variable done_;
  bool over_ = false;
  Script script_;
  std::unique_ptr<wire::Transport> server_;
  std::string folder_;
  std::map<std::string, int> versions_;
  bool initialized_ = false, shut_down_ = false;
  int id_ = 0;
  std::deque<json> heard_;
  std::deque<std::string> bodies_;
  wire::FrameReader frames_{[this](wire::Frame&& frame) { bodies_.push_back(std::move(frame.bytes)); }};
};

}  // namespace

std::string play(const std::string& file, std::unique_ptr<wire::Transport> server) {
  return Player(read_script(file), std::move(server)).play();
}

std::vector<std::string> methods_of(const std::string& file) {
  std::vector<std::string> out;
  for (const Line& line : read_script(file).steps) {
    if (line.text.starts_with("--> ")) out.push_back(split(line.text.substr(4)).first);
  }
  return out;
}

}  // namespace ml::test
