#pragma once

// Lines that a person types. At a terminal with history, editing and completion, where the machine has one of
// the libraries with the functions of readline: they are looked for when the first line is asked for, so that
// nothing needs them.

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ml::dap {

class Prompt {
 public:
  // What may stand for the word that ends the text. Called by `read`.
  using Complete = std::function<std::vector<std::string>(const std::string& text)>;

  // `text` is what a line begins with, in `colour` (0: none) at a terminal.
  Prompt(std::string text, int colour, Complete complete);

  // Nothing at the end of the input.
  std::optional<std::string> read();

 private:
  std::string text_;
  int colour_;
};

}  // namespace ml::dap
