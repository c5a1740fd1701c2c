#include "runtime/native/profiler/splice.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <algorithm>

#include "runtime/native/profiler/exception_rows.h"
#include "runtime/native/profiler/probe.h"

namespace ml::native::profiler {
namespace {

unsigned char at(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

void unit(std::string& code, unsigned opcode, unsigned argument) {
  code.push_back(static_cast<char>(opcode));
  code.push_back(static_cast<char>(argument));
}

// Exception table: rows of four big-endian base-64 numbers, the first byte of a row marked.
void put_number(std::string& to, std::size_t value, bool first) {
  const std::size_t mark = first ? 128 : 0;
  int groups = 1;
  while (groups < 5 && value >> (6 * groups) != 0) ++groups;
  for (int g = groups - 1; g >= 0; --g) {
    std::size_t byte = (value >> (6 * g)) & 63;
    if (g > 0) byte |= 64;
    if (g == groups - 1) byte |= mark;
    to.push_back(static_cast<char>(byte));
  }
}

std::size_t take_number(std::string_view from, std::size_t& i) {
  std::size_t value = 0;
  while (i < from.size()) {
    const unsigned char b = at(from, i++);
    value = value << 6 | (b & 63u);
    if ((b & 64u) == 0) break;
  }
  return value;
}

std::string shift_exceptions(std::string_view from, std::size_t entry, std::size_t units, bool deeper) {
  std::string to;
  for (ExceptionRow row : exception_rows(from)) {
    const std::size_t end = row.start + row.length;
    if (row.start >= entry) {
      row.start += units;
    } else if (end > entry) {
      row.length += units;
    }
    if (row.target >= entry) row.target += units;
    if (deeper) row.depth_and_flag += 2;
    put_exception_row(to, row);
  }
  return to;
}

constexpr unsigned kOneLine = 10, kNoColumns = 13, kLong = 14;

char location_head(unsigned kind, std::size_t length) {
  return static_cast<char>(0x80u | kind << 3 | (length - 1));
}

std::string widen_locations(std::string_view from, std::size_t entry, std::size_t units) {
  std::string to;
  std::size_t unit_at = 0;
  bool done = entry == 0;
  if (done) put_location(to, kNoColumns, std::string_view("\0", 1), units);
  for (std::size_t i = 0; i < from.size();) {
    const unsigned head = at(from, i);
    const std::size_t length = (head & 7u) + 1;
    std::size_t end = i + 1;
    while (end < from.size() && (at(from, end) & 0x80u) == 0) ++end;
    const bool here = !done && unit_at < entry && entry <= unit_at + length;
    put_location(to, (head >> 3) & 15u, from.substr(i + 1, end - i - 1), here ? length + units : length);
    done = done || here;
    unit_at += length;
    i = end;
  }
  return to;
}

}  // namespace

std::vector<ExceptionRow> exception_rows(std::string_view table) {
  std::vector<ExceptionRow> rows;
  for (std::size_t i = 0; i < table.size();)
    rows.push_back(ExceptionRow{take_number(table, i), take_number(table, i), take_number(table, i),
                                take_number(table, i)});
  return rows;
}

void put_exception_row(std::string& to, const ExceptionRow& row) {
  put_number(to, row.start, true);
  put_number(to, row.length, false);
  put_number(to, row.target, false);
  put_number(to, row.depth_and_flag, false);
}

void put_location(std::string& to, unsigned kind, std::string_view rest, std::size_t length) {
  const std::size_t first = std::min<std::size_t>(length, 8);
  to.push_back(location_head(kind, first));
  to.append(rest);
  if (length == first) return;
  unsigned again = kind;
  std::string same(rest);
  if (kind >= kOneLine && kind < kNoColumns) again = kOneLine;
  if (kind == kNoColumns || kind == kLong) {  // these start with a line step
    std::size_t step = 1;
    while (step <= same.size() && (at(same, step - 1) & 64u) != 0) ++step;
    same.replace(0, step, 1, '\0');
  }
  put_location(to, again, same, length - first);
}

bool find_entry(std::string_view code, Entry* entry) {
  for (std::size_t u = 0; 2 * u + 1 < code.size(); ++u) {
    const unsigned opcode = at(code, 2 * u);
    if (opcode == RETURN_GENERATOR) {
      *entry = {u, true};
      return true;
    }
    if (opcode == RESUME) {
      *entry = {u + 1, false};
      return true;
    }
  }
  return false;
}

CodeBytes splice(const CodeBytes& from, Entry entry, std::uint32_t constant, ml::profiler::Counting backend) {
  const bool stays = leaves_constant(backend) && !entry.generator;
  std::string added;
  for (int shift = 24; shift > 0; shift -= 8)
    if (constant >> shift != 0) unit(added, EXTENDED_ARG, constant >> shift & 255u);
  unit(added, LOAD_CONST, constant & 255u);
  if (needs_operation(backend)) unit(added, UNARY_NEGATIVE, 0);
  if (!stays) unit(added, POP_TOP, 0);
  const std::size_t units = added.size() / 2;

  CodeBytes to;
  to.code = from.code.substr(0, 2 * entry.unit) + added + from.code.substr(2 * entry.unit);
  to.exceptions = shift_exceptions(from.exceptions, entry.unit, units, stays);
  to.locations = widen_locations(from.locations, entry.unit, units);
  to.stack_size = stays ? from.stack_size + 1 : std::max(from.stack_size, 1);
  return to;
}

}  // namespace ml::native::profiler
