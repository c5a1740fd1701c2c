// textDocument/inlineValue: while a program is stopped, the names it has given values to between the start of
// the function and the line it stopped at: parameters, assigned names, loop variables.

#include <algorithm>
#include <set>

#include "lsp/features/registry.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

// Names by the function that binds them; the first frame is the top level.
class Frames : public Visitor {
 public:
  struct Frame {
    Span span;
    std::vector<std::pair<Span, NameId>> names;
  };

  void item(const ast::PlacedItem& placed) {
    start_ = placed.start;
    walk(*placed.item, *this);
  }
  void enter_function(const ast::Function& f) override {
    open_.push_back(frames_.size());
    frames_.push_back({f.span.moved(start_), {}});
  }
  void leave_function(const ast::Function&) override { open_.pop_back(); }
  void on_binding(const ast::Binding& b, Role role) override {
    if (role == Role::Function || role == Role::Import || role == Role::Nonlocal || !b.name) return;
    frames_[open_.back()].names.emplace_back(b.span.moved(start_), b.name);
  }
  // The innermost around the place: inner ones come later.
  const Frame& around(ByteOffset at) const {
    const Frame* best = &frames_.front();
    for (const Frame& frame : frames_)
      if (frame.span.begin <= at && at <= frame.span.end && frame.span.size() > 0) best = &frame;
    return *best;
  }

 private:
  std::vector<Frame> frames_{1};
  std::vector<std::size_t> open_{0};
  ByteOffset start_ = 0;
};

json::value inline_values(const Ask& ask) {
  const auto file = ask.document();
  const DocumentText& text = file->text();
  const Span asked = ask.bytes(*file), stopped = ask.bytes(*file, "/context/stoppedLocation");
  const std::uint32_t last = text.line_of(stopped.end);
  Frames frames;
  std::uint32_t count = 0;
  for (const ast::PlacedItem& item : file->module().items) {
    if (++count % 64 == 0) ask.check();
    if (item.start > stopped.end) break;
    frames.item(item);
  }
  auto names = frames.around(stopped.begin).names;
  std::stable_sort(names.begin(), names.end(),
                   [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  json::array out;
  for (const auto& [span, name] : names) {
    const std::uint32_t line = text.line_of(span.begin);
    if (line > last || span.begin > asked.end || span.end < asked.begin) continue;
    if (!seen.emplace(line, name.raw).second) continue;
    out.push_back(json::object{{"range", ask.range(*file, span)},
                               {"variableName", wire::sv(file->names().text(name))},
                               {"caseSensitiveLookup", true}});
  }
  return out;
}

}  // namespace

void add_inline_value(Registry& registry) {
  registry.request("textDocument/inlineValue", Lane::Latency, inline_values);
  registry.advertise([](json::object& to, const ClientInfo&) { to["inlineValueProvider"] = true; });
}

}  // namespace ml::lsp
