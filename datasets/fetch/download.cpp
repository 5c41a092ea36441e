#include "datasets/fetch/download.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "datasets/fetch/bytes_text.hpp"
#include "datasets/fetch/part_file.hpp"
#include "datasets/fetch/sha256.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr double kLongestWait = 60;  // seconds

/// Statuses after which another try may succeed.
bool is_passing(long status) {
  constexpr long kTimeout = 408, kTooMany = 429, kServerError = 500;
  return status == kTimeout || status == kTooMany || status >= kServerError;
}

/// One file on its way from one server after the other.
class FileDownload final : public HttpReceiver {
 public:
  FileDownload(const PublishedFile& file, const std::filesystem::path& folder,
               const DownloadPatience& patience, const DownloadWatch& watch)
      : file_(file), patience_(patience), watch_(watch), part_(folder / file.name) {}

  bool run(HttpClient& client, const std::vector<std::string>& servers) {
    if (part_.size() > file_.bytes) part_.clear();
    std::vector<std::string> reasons;
    for (const std::string& server : servers) {
      const std::string address = server + file_.name;
      const std::string reason = reason_against(client, address);
      if (reason.empty()) return true;
      if (stopped()) return false;
      reasons.push_back(fmt::format("{}: {}", address, reason));
      if (servers.size() > reasons.size()) tell("{}; trying another server", reasons.back());
    }
    std::string kept;
    if (part_.size() == 0)
      part_.discard();
    else
      kept = fmt::format("{} of {} are kept in '{}', and the same command goes on from there; ",
                         bytes_text(part_.size()), bytes_text(file_.bytes), part_.path().string());
    throw RunError("{} could not be downloaded: {}; {}--from URL names another server", file_.name,
                   fmt::join(reasons, "; "), kept);
  }

  bool begin(std::uintmax_t first, std::optional<std::uintmax_t> total) override {
    if (total && *total != file_.bytes) {
      declined_ = fmt::format("it holds {} bytes there, expected {}", *total, file_.bytes);
      return false;
    }
    if (first != 0 && first != part_.size()) {
      declined_ =
          fmt::format("it sends bytes from {} on, asked for those from {} on", first, part_.size());
      return false;
    }
    if (first == 0 && part_.size() > 0) {
      tell("{} does not go on where a download stopped; beginning anew", file_.name);
      part_.clear();
    }
    from_first_ = first == 0;
    return true;
  }
  bool receive(std::span<const std::byte> bytes) override {
    if (bytes.size() > file_.bytes - part_.size()) {
      declined_ = fmt::format("it sends more than the {} bytes expected", file_.bytes);
      return false;
    }
    part_.append(bytes);
    if (watch_.progress) watch_.progress(part_.size());
    return true;
  }
  bool stopped() override { return watch_.stop && *watch_.stop; }

 private:
  template <class... Args>
  void tell(fmt::format_string<Args...> format, Args&&... args) const {
    if (watch_.message) watch_.message(fmt::format(format, std::forward<Args>(args)...));
  }

  /// Whether the file is whole and right, then in its place. A wrong one is emptied.
  std::string reason_against_bytes() {
    const std::string sum = sha256_of_file(part_.path());
    if (sum == file_.sha256) {
      part_.finish();
      return "";
    }
    part_.clear();
    return fmt::format("its SHA-256 is {}, expected {}; removed", sum, file_.sha256);
  }

  /// Downloads what is missing. Empty if the file is in its place, else why it is not.
  std::string reason_against(HttpClient& client, const std::string& address) {
    std::uintmax_t most = part_.size();
    for (int failures = 0; !stopped();) {
      if (part_.size() == file_.bytes) {
        const bool whole_answer = std::exchange(from_first_, false);
        const std::string reason = reason_against_bytes();
        if (reason.empty() || whole_answer) return reason;
        // The part may have been another file's: nothing of it is left for the next answer.
        tell("{}: {}; beginning anew", file_.name, reason);
        most = 0;
      }
      declined_.clear();
      HttpOutcome outcome = client.get({address, part_.size(), patience_.stall_seconds}, *this);
      if (outcome.end == HttpEnd::whole && part_.size() < file_.bytes)
        outcome = {HttpEnd::cut, outcome.status, "the connection ended early"};
      if (outcome.end == HttpEnd::whole) continue;
      if (outcome.end == HttpEnd::declined) return declined_;
      constexpr long kNoSuchRange = 416;
      if (outcome.status == kNoSuchRange) part_.clear();
      const bool again = outcome.end == HttpEnd::cut || outcome.status == kNoSuchRange ||
                         (outcome.end == HttpEnd::refused && is_passing(outcome.status));
      if (part_.size() > most) failures = 0;
      most = std::max(most, part_.size());
      if (!again || ++failures >= patience_.tries) return outcome.reason;
      const double seconds =
          std::clamp(std::max(patience_.wait_seconds * static_cast<double>(1 << (failures - 1)),
                              outcome.retry_after),
                     0.0, kLongestWait);
      tell("{}: {} after {} of {}; going on in {:.0f} s", file_.name, outcome.reason,
           bytes_text(part_.size()), bytes_text(file_.bytes), seconds);
      wait(seconds);
    }
    return "stopped";
  }

  void wait(double seconds) {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds kStep(20);  // a stop is noticed within it
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    while (Clock::now() < end && !stopped()) std::this_thread::sleep_for(kStep);
  }

  const PublishedFile& file_;
  const DownloadPatience& patience_;
  const DownloadWatch& watch_;
  PartFile part_;
  std::string declined_;
  bool from_first_ = false;  // the last answer began with the file's first byte
};

}  // namespace

bool download(HttpClient& client, const std::vector<std::string>& servers,
              const PublishedFile& file, const std::filesystem::path& folder,
              const DownloadPatience& patience, const DownloadWatch& watch) {
  return FileDownload(file, folder, patience, watch).run(client, servers);
}

}  // namespace adjoint
