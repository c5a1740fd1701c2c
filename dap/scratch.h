#pragma once

#include <string>

namespace ml::dap {

// A folder for one session's socket and captures, readable by this user only; removed with this value. The
// name is empty (errno) when it could not be made.
class Scratch {
 public:
  Scratch();
  ~Scratch() { remove(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& name() const { return name_; }
  std::string file(const char* name) const { return name_ + "/" + name; }
  void remove();

 private:
  std::string name_;
};

}  // namespace ml::dap
