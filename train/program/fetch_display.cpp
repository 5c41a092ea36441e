#include "train/program/fetch_display.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "datasets/fetch/bytes_text.hpp"

namespace adjoint {

void FetchDisplay::show(const FetchProgress& progress) {
  const auto now = Clock::now();
  const bool complete = progress.done == progress.total;
  if (!terminal_.interactive() || (!complete && now - drawn_ < std::chrono::milliseconds(100)))
    return;
  if (drawn_ == Clock::time_point{}) earlier_ = later_ = {now, progress.done};
  drawn_ = now;
  if (now - later_.time > std::chrono::seconds(3))
    earlier_ = std::exchange(later_, {now, progress.done});
  earlier_.done = std::min(earlier_.done, progress.done);  // where a file begins anew
  const double seconds = std::chrono::duration<double>(now - earlier_.time).count();
  const double rate =
      seconds > 0 ? static_cast<double>(progress.done - earlier_.done) / seconds : 0;
  const auto done = static_cast<double>(progress.done), total = static_cast<double>(progress.total);
  std::string line =
      fmt::format("{} {} {:3.0f} %  {} of {}", progress.file.name, bar(done / total, 24),
                  100 * done / total, bytes_text(progress.done), bytes_text(progress.total));
  if (rate > 0)
    line += fmt::format("  {}/s  eta {}", bytes_text(static_cast<std::uintmax_t>(rate)),
                        clock_text((total - done) / rate));
  terminal_.update(line);
}

}  // namespace adjoint
