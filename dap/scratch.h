#pragma once

#include <string>
#include <vector>

namespace ml::dap {

// A folder for one session's socket and captures, readable by this user only; removed with this value. The
// name is empty (errno) when it could not be made.
//
// A file in it stays locked as long as this process lives: that is how `remove_left_ones` knows the folders
// of adapters that were killed.
class Scratch {
 public:
  Scratch();
  ~Scratch() { remove(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& name() const { return name_; }
  std::string file(const char* name) const { return name_ + "/" + name; }
  void remove();

  // Removes this user's folders whose process has ended without doing so. Looks at the whole folder for
  // temporary files: call it where nobody waits.
  static void remove_left_ones();
  // This user's folders whose process lives.
  static std::vector<std::string> living_ones();

 private:
  std::string name_;
  int lock_ = -1;
};

}  // namespace ml::dap
