#include "dap/prompt.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <utility>

namespace ml::dap {
namespace {

using Generator = char* (*)(const char*, int);
using Completion = char** (*)(const char*, int, int);

// The library keeps its state in variables of its own, so there is one of these.
struct Library {
  char* (*readline)(const char*) = nullptr;
  void (*add_history)(const char*) = nullptr;
  char** (*matches)(const char*, Generator) = nullptr;
  char** line = nullptr;  // what was typed so far
  Prompt::Complete complete;
  std::vector<std::string> found;
  std::size_t next = 0;

  void open() {
    for (const char* name : {"libreadline.so.8", "libedit.so.2"}) {
      void* library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
      if (library == nullptr) continue;
      const auto find = [&](auto& to, const char* what) {
        to = reinterpret_cast<std::remove_reference_t<decltype(to)>>(::dlsym(library, what));
        return to != nullptr;
      };
      Completion* completion = nullptr;
      if (!find(readline, "readline") || !find(add_history, "add_history")) {
        readline = nullptr;
        continue;
      }
      if (find(matches, "rl_completion_matches") && find(line, "rl_line_buffer") &&
          find(completion, "rl_attempted_completion_function"))
        *completion = completions;
      int (*bind)(const char*, const char*) = nullptr;
      if (find(bind, "rl_variable_bind")) bind("enable-bracketed-paste", "off");
      return;
    }
  }

  static char** completions(const char* word, int, int end);
  static char* one(const char*, int state);
};
Library library;

// The word may begin anywhere in what `complete` sees: what it gives stands for the part behind a dot.
char** Library::completions(const char* word, int, int end) {
  library.found.clear(), library.next = 0;
  const std::string typed(word);
  const std::size_t dot = typed.rfind('.');
  const std::string before = dot == typed.npos ? "" : typed.substr(0, dot + 1);
  for (const std::string& name :
       library.complete(std::string(*library.line, static_cast<std::size_t>(end < 0 ? 0 : end))))
    if ((before + name).starts_with(typed)) library.found.push_back(before + name);
  return library.found.empty() ? nullptr : library.matches(word, one);
}

char* Library::one(const char*, int) {
  return library.next < library.found.size() ? ::strdup(library.found[library.next++].c_str()) : nullptr;
}

}  // namespace

Prompt::Prompt(std::string text, int colour, Complete complete) : text_(std::move(text)), colour_(colour) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) return;
  library.complete = std::move(complete);
  library.open();
}

std::optional<std::string> Prompt::read() {
  const std::string number = std::to_string(colour_);
  if (library.readline != nullptr) {
    // Marks around what takes no place on the screen.
    const std::string shown = "\001\033[" + number + "m\002" + text_ + "\001\033[0m\002";
    char* typed = library.readline(shown.c_str());
    if (typed == nullptr) return std::nullopt;
    std::string line(typed);
    std::free(typed);
    if (!line.empty()) library.add_history(line.c_str());
    return line;
  }
  std::fputs((colour_ > 0 ? "\033[" + number + "m" + text_ + "\033[0m" : text_).c_str(), stdout);
  std::fflush(stdout);
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

}  // namespace ml::dap
