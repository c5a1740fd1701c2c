#include <fstream>
#include <string>

#include "profiler/format/reader.h"
#include "profiler/store/store.h"
#include "tests/profiler/random_capture.h"
#include "tests/profiler/sample_capture.h"

using namespace ml::profiler;

// write_profiles FOLDER: files for schema_test.py.
int main(int, char** arguments) {
  const std::string folder = arguments[1];
  const auto write = [&](const std::string& name, Profile p) {
    p.run.id = name;
    std::ofstream(folder + "/" + name + ".mlprof", std::ios::binary) << write_mlprof(p);
  };
  Profile sample = model::build(*read_capture(test::sample_capture()).capture);
  sample.files.front().text = "a = 1;\n";
  sample.findings.push_back(
      {"R1", 0, 4, {"This function is your main performance bottleneck"}, {{"share", "37"}}});
  write("sample", sample);
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    write("random" + std::to_string(seed), model::build(test::random_capture(seed)));
}
