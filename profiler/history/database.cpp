#include "profiler/history/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <string_view>

#include "profiler/store/names.h"

namespace ml::profiler::history {
namespace {

constexpr int kVersion = 1;
constexpr int kWaitMs = 10'000;
constexpr std::size_t kMostFunctions = 500;

// Files of a program are kept in one text, separated by line ends.
constexpr const char* kTables = R"(
CREATE TABLE run (
  id TEXT PRIMARY KEY, started INTEGER NOT NULL, kind TEXT NOT NULL, program TEXT NOT NULL, mode TEXT NOT NULL,
  host TEXT NOT NULL, exit_code INTEGER, complete INTEGER NOT NULL, memory INTEGER NOT NULL,
  total_ns INTEGER NOT NULL, ml_ns INTEGER NOT NULL, overhead_ns INTEGER NOT NULL, stdlib_ns INTEGER NOT NULL,
  peak_bytes INTEGER NOT NULL, file_bytes INTEGER NOT NULL, files TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE function (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, name TEXT NOT NULL, short TEXT NOT NULL,
  file TEXT NOT NULL, shape TEXT NOT NULL, line INTEGER NOT NULL, calls INTEGER NOT NULL,
  self_ns INTEGER NOT NULL, cum_ns INTEGER NOT NULL, at_peak INTEGER NOT NULL);
CREATE INDEX function_run ON function(run);
CREATE INDEX function_short ON function(short);
PRAGMA user_version = 1;
)";
static_assert(kVersion == 1, "the tables say their version");

std::string last_part(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

}  // namespace

Run run_of(const Profile& p, std::uint64_t file_bytes) {
  Run r;
  r.id = p.run.id;
  r.started_unix_ns = p.run.started_unix_ns;
  r.kind = p.run.kind;
  r.program = p.run.program;
  r.mode = id_of(p.collection.mode);
  // A version without its last number: 3.11.2 and 3.11.4 run equally fast.
  std::string python = p.run.python;
  if (const std::size_t dot = python.rfind('.'); std::count(python.begin(), python.end(), '.') > 1)
    python.resize(dot);
  r.host = p.run.os + '/' + std::to_string(p.run.cpu_count) + '/' + python;
  r.exit_code = p.run.exit_code;
  r.complete = p.collection.complete;
  r.has_memory = p.has_memory();
  r.total_ns = p.total_ns;
  r.ml_ns = p.ml_ns();
  r.overhead_ns = p.overhead_ns();
  r.stdlib_ns = p.of(Category::python_stdlib);
  r.peak_bytes = p.peak_bytes;
  r.file_bytes = file_bytes;
  for (const Profile::File& f : p.files) r.files.push_back(f.path);
  return r;
}

std::vector<FunctionCost> costs_of(const Profile& p) {
  std::vector<FunctionCost> costs;
  for (const Profile::Function& f : p.functions) {
    if (f.category != Category::ml_code || f.file == kNone || costs.size() == kMostFunctions) continue;
    costs.push_back({p.run.id, f.name, p.files[f.file].path, f.shape_hash, f.line, f.calls, f.self_ns,
                     f.cum_ns, f.at_peak_bytes});
  }
  return costs;
}

// A prepared statement; values are bound and read in order.
class Database::Statement {
 public:
  Statement(Database& owner, const char* sql) : owner_(owner) {
    if (owner.handle_ == nullptr)
      code_ = SQLITE_CANTOPEN;
    else
      code_ = sqlite3_prepare_v2(owner.handle_, sql, -1, &statement_, nullptr);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(const std::string& text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& bind(std::uint64_t number) {
    sqlite3_bind_int64(statement_, ++bound_, static_cast<sqlite3_int64>(number));
    return *this;
  }
  Statement& bind(std::optional<int> number) {
    ++bound_;
    if (number)
      sqlite3_bind_int(statement_, bound_, *number);
    else
      sqlite3_bind_null(statement_, bound_);
    return *this;
  }
  // True while there are rows.
  bool next() {
    if (code_ == SQLITE_OK || code_ == SQLITE_ROW) code_ = sqlite3_step(statement_);
    column_ = 0;
    return code_ == SQLITE_ROW;
  }
  // Runs a statement without rows, or says whether all rows were read.
  bool done() {
    while (next()) {
    }
    return code_ == SQLITE_DONE || owner_.note(code_);
  }
  void again() {
    if (code_ == SQLITE_DONE) code_ = sqlite3_reset(statement_);
    bound_ = 0;
  }
  std::string text() {
    const int size = sqlite3_column_bytes(statement_, column_);
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column_++));
    return data ? std::string(data, static_cast<std::size_t>(size)) : std::string();
  }
  std::uint64_t number() { return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column_++)); }
  std::optional<int> maybe() {
    if (sqlite3_column_type(statement_, column_) == SQLITE_NULL) {
      ++column_;
      return std::nullopt;
    }
    return sqlite3_column_int(statement_, column_++);
  }

 private:
  Database& owner_;
  sqlite3_stmt* statement_ = nullptr;
  int code_ = SQLITE_OK, bound_ = 0, column_ = 0;
};

Database::Database(const std::filesystem::path& file) {
  const int opened =
      sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  if (opened != SQLITE_OK) {
    note(opened);
    return;
  }
  sqlite3_busy_timeout(handle_, kWaitMs);
  state_ = State::ready;
  // Everything here can be made again from the profiles, so a power failure need not be waited for.
  if (!run_sql("PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON")) return;
  auto version = user_version();
  if (version == 0) {
    // Another process may be doing the same.
    if (!run_sql("BEGIN IMMEDIATE")) return;
    version = user_version();
    if (version == 0 && run_sql(kTables)) state_ = State::fresh;
    if (state_ != State::damaged && state_ != State::failed) run_sql("COMMIT");
  }
  if (version && *version > kVersion) {
    state_ = State::newer;
    problem_ = "it was made by a newer version of mlpy";
  }
}

std::optional<std::uint64_t> Database::user_version() {
  Statement s(*this, "PRAGMA user_version");
  std::uint64_t version = 0;
  if (s.next()) version = s.number();
  if (!s.done()) return std::nullopt;
  return version;
}

Database::~Database() { sqlite3_close(handle_); }

bool Database::note(int code) {
  problem_ = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  const int kind = code & 0xff;
  // SQLITE_ERROR: the tables are not ours.
  const bool damaged = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR;
  state_ = damaged ? State::damaged : State::failed;
  return false;
}

bool Database::run_sql(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK || note(code);
}

bool Database::put(const Run& r, const std::vector<FunctionCost>& costs) {
  if (!run_sql("BEGIN IMMEDIATE")) return false;
  std::string files;
  for (const std::string& file : r.files) files += file + '\n';
  bool good = true;
  {
    Statement s(*this, "DELETE FROM run WHERE id = ?");
    good = s.bind(r.id).done();
  }
  if (good) {
    Statement s(*this, "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    s.bind(r.id).bind(r.started_unix_ns).bind(r.kind).bind(r.program).bind(r.mode).bind(r.host);
    s.bind(r.exit_code).bind(std::uint64_t{r.complete}).bind(std::uint64_t{r.has_memory});
    s.bind(r.total_ns).bind(r.ml_ns).bind(r.overhead_ns).bind(r.stdlib_ns).bind(r.peak_bytes);
    good = s.bind(r.file_bytes).bind(files).done();
  }
  if (good) {
    Statement s(*this, "INSERT INTO function VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const FunctionCost& c : costs) {
      s.bind(r.id).bind(c.name).bind(last_part(c.name)).bind(c.file).bind(c.shape_hash);
      s.bind(std::uint64_t{c.line}).bind(c.calls).bind(c.self_ns).bind(c.cum_ns).bind(c.at_peak_bytes);
      if (!(good = s.done())) break;
      s.again();
    }
  }
  if (good) return run_sql("COMMIT");
  sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  return false;
}

bool Database::remove(const std::string& run) {
  Statement s(*this, "DELETE FROM run WHERE id = ?");
  return s.bind(run).done();
}

std::optional<std::vector<Run>> Database::runs() {
  std::vector<Run> runs;
  Statement s(*this,
              "SELECT id, started, kind, program, mode, host, exit_code, complete, memory, total_ns, ml_ns, "
              "overhead_ns, stdlib_ns, peak_bytes, file_bytes, files FROM run ORDER BY started, id");
  while (s.next()) {
    Run& r = runs.emplace_back();
    r.id = s.text();
    r.started_unix_ns = s.number();
    r.kind = s.text();
    r.program = s.text();
    r.mode = s.text();
    r.host = s.text();
    r.exit_code = s.maybe();
    r.complete = s.number() != 0;
    r.has_memory = s.number() != 0;
    r.total_ns = s.number();
    r.ml_ns = s.number();
    r.overhead_ns = s.number();
    r.stdlib_ns = s.number();
    r.peak_bytes = s.number();
    r.file_bytes = s.number();
    const std::string files = s.text();
    for (std::size_t at = 0; at < files.size();) {
      const std::size_t end = std::min(files.find('\n', at), files.size());
      r.files.push_back(files.substr(at, end - at));
      at = end + 1;
    }
  }
  if (!s.done()) return std::nullopt;
  return runs;
}

std::optional<std::vector<FunctionCost>> Database::costs(const std::string& name) {
  std::vector<FunctionCost> costs;
  Statement s(*this,
              "SELECT f.run, f.name, f.file, f.shape, f.line, f.calls, f.self_ns, f.cum_ns, f.at_peak "
              "FROM function f JOIN run r ON r.id = f.run WHERE f.short = ? AND (f.name = ? OR ? = f.short) "
              "ORDER BY r.started, r.id, f.self_ns DESC");
  s.bind(last_part(name)).bind(name).bind(name);
  while (s.next()) {
    FunctionCost& c = costs.emplace_back();
    c.run = s.text();
    c.name = s.text();
    c.file = s.text();
    c.shape_hash = s.text();
    c.line = static_cast<std::uint32_t>(s.number());
    c.calls = s.number();
    c.self_ns = s.number();
    c.cum_ns = s.number();
    c.at_peak_bytes = s.number();
  }
  if (!s.done()) return std::nullopt;
  return costs;
}

std::optional<std::vector<std::string>> Database::function_names() {
  std::vector<std::string> names;
  Statement s(*this, "SELECT DISTINCT name FROM function ORDER BY name");
  while (s.next()) names.push_back(s.text());
  if (!s.done()) return std::nullopt;
  return names;
}

bool Database::check() {
  Statement s(*this, "PRAGMA quick_check(1)");
  std::string verdict;
  if (s.next()) verdict = s.text();
  if (!s.done()) return false;
  if (verdict == "ok") return true;
  problem_ = verdict;
  state_ = State::damaged;
  return false;
}

}  // namespace ml::profiler::history
