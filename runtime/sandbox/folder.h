#pragma once

#include <string>

namespace ml::sandbox {

// The private folder of one run, removed with this value. Those of runs whose command was killed are removed
// by `sweep` of a later one.
class PrivateFolder {
 public:
  PrivateFolder();  // name() is empty (errno) when it could not be made
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  const std::string& name() const { return name_; }
  void sweep() const;

 private:
  std::string name_;
};

}  // namespace ml::sandbox
