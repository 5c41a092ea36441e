#include "train/program/fetch_display.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/fetch/part_file.hpp"

namespace adjoint {

void FetchDisplay::show(const FetchProgress& progress) {
  const auto now = Clock::now();
  if (start_ == Clock::time_point{}) {
    start_ = now;
    first_ = progress.done;
  }
  const bool complete = progress.done == progress.total;
  if (!terminal_.interactive() || (!complete && now - drawn_ < std::chrono::milliseconds(100)))
    return;
  drawn_ = now;
  first_ = std::min(first_, progress.done);  // where it begins anew
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto rate = seconds > 0 ? static_cast<double>(progress.done - first_) / seconds : 0;
  const double fraction = static_cast<double>(progress.done) / static_cast<double>(progress.total);
  const auto left = static_cast<double>(progress.total - progress.done);
  terminal_.update(fmt::format(
      "{} {} {:3.0f} %  {} of {}  {}/s  eta {}", progress.file.name, bar(fraction, 24),
      100 * fraction, bytes_text(progress.done), bytes_text(progress.total),
      bytes_text(static_cast<std::uintmax_t>(rate)), clock_text(rate > 0 ? left / rate : 0)));
}

}  // namespace adjoint
