#include "dap/session.h"

namespace ml::dap {

std::function<void()> Session::progress(const std::string& title, std::function<void()> stop) {
  if (!flag_of(client_, "supportsProgressReporting")) return [] {};
  struct State {
    bool shown = false, ended = false;
    int seconds = 0;
  };
  const auto state = std::make_shared<State>();
  const std::string id = "mlpy-" + std::to_string(++progresses_);
  if (stop) stoppable_[id] = std::move(stop);
  const auto tick = std::make_shared<std::function<void()>>();
  *tick = [this, state, id, weak = std::weak_ptr(tick)] {
    if (state->ended) return;
    event("progressUpdate",
          {{"progressId", wire::sv(id)}, {"message", std::to_string(++state->seconds) + " s"}});
    if (const auto again = weak.lock())
      loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(1), [again] { (*again)(); });
  };
  loop_.post_at(wire::Loop::Clock::now() + std::chrono::milliseconds(500), [this, state, id, title, tick] {
    if (state->ended) return;
    state->shown = true;
    event(
        "progressStart",
        {{"progressId", wire::sv(id)}, {"title", wire::sv(title)}, {"cancellable", stoppable_.contains(id)}});
    loop_.post_at(wire::Loop::Clock::now() + std::chrono::milliseconds(500), [tick] { (*tick)(); });
  });
  return [this, state, id] {
    stoppable_.erase(id);
    if (!std::exchange(state->ended, true) && state->shown)
      event("progressEnd", {{"progressId", wire::sv(id)}});
  };
}

}  // namespace ml::dap
