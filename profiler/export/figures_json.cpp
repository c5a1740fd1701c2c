#include <boost/json.hpp>

#include "profiler/export/writers.h"
#include "profiler/figures/figures.h"

namespace ml::profiler::exports {
namespace {

namespace json = boost::json;

double seconds_of(std::uint64_t ms) { return static_cast<double>(ms) / 1000; }
double tenths_of(std::uint64_t value) { return static_cast<double>(value) / 10; }

json::object share(std::uint64_t ms, std::uint64_t percent) {
  return {{"time", seconds_of(ms)}, {"percent", tenths_of(percent)}};
}

// The rows of the reports' tables; memory columns are there if memory was on, as there.
class Tables {
 public:
  explicit Tables(const Profile& profile) : p_(profile), n_(profile) {}

  json::object header() const {
    json::object all{{"total_time", seconds_of(n_.total)},
                     {"ml_code", share(n_.ml, n_.ml_percent)},
                     {"mlpy_overhead", share(n_.overhead, n_.overhead_percent)},
                     {"python_stdlib", share(n_.library, n_.library_percent)},
                     {"memory", nullptr}};
    if (p_.has_memory())
      all["memory"] = {{"unit", n_.megabytes ? "MB" : "KB"},
                       {"peak", tenths_of(n_.peak)},
                       {"ml_code", tenths_of(n_.at(n_.category_memory, Category::ml_code))}};
    return all;
  }

  json::array categories() const {
    json::array rows;
    for (std::size_t i = 0; i < kCategories; ++i) {
      json::object row = share(n_.categories[i], n_.category_percents[i]);
      row["id"] = kCategoryIds[i];
      if (p_.has_memory()) {
        row["memory"] = tenths_of(n_.category_memory[i]);
        row["memory_percent"] = tenths_of(n_.category_memory_percents[i]);
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

  json::array files() const {
    json::array rows;
    for (std::size_t i = 0; i < p_.files.size(); ++i) {
      if (!p_.files[i].ml) continue;
      json::object row = share(n_.files[i], n_.file_percents[i]);
      row["file"] = p_.files[i].path;
      row["calls"] = p_.files[i].calls;
      if (p_.has_memory()) row["memory"] = tenths_of(n_.file_memory[i]);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  json::array functions() const {
    json::array rows;
    for (std::size_t i = 0; i < p_.functions.size(); ++i) {
      const Profile::Function& f = p_.functions[i];
      if (f.idle()) continue;
      json::object row{{"name", f.name},
                       {"file", nullptr},
                       {"line", f.line},
                       {"category", kCategoryIds[static_cast<std::size_t>(f.category)]},
                       {"time", seconds_of(n_.functions[i])},
                       {"calls", f.calls},
                       {"calls_exact", f.calls_exact}};
      if (f.file < p_.files.size()) row["file"] = p_.files[f.file].path;
      if (f.category == Category::ml_code) row["file_percent"] = tenths_of(n_.function_percents[i]);
      if (p_.has_memory()) row["memory"] = tenths_of(n_.function_memory[i]);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  json::array recommendations() const {
    json::array rows;
    for (const Profile::Finding& f : p_.findings) {
      json::object row{{"rule", f.rule}, {"function", nullptr}, {"line", f.line}, {"text", json::array()}};
      if (f.function < p_.functions.size()) row["function"] = p_.functions[f.function].name;
      for (const std::string& line : f.text) row["text"].as_array().push_back(json::value(line));
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  const Profile& p_;
  const Figures n_;
};

}  // namespace

std::string figures_json(const Profile& profile) {
  const Tables tables(profile);
  json::object file{{"format", "mlpy-figures"},   {"version", 1},
                    {"run", profile.run.id},      {"program", profile.run.program},
                    {"threads", profile.threads}, {"samples", profile.samples}};
  for (auto& [name, value] : tables.header()) file[name] = std::move(value);
  file["categories"] = tables.categories();
  file["files"] = tables.files();
  file["functions"] = tables.functions();
  file["recommendations"] = tables.recommendations();
  return json::serialize(file) + "\n";
}

}  // namespace ml::profiler::exports
