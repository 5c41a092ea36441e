#pragma once

// A server on the loopback interface, for tests of downloads: it does what a bad one does, too.

#include <atomic>
#include <cstddef>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace adjoint {

/// How a request is answered.
struct HttpReply {
  int status = 200;           // 0: it never answers
  std::string body = {};      // of the whole file; a range of it is sent where one is asked for
  std::string location = {};  // of a redirect
  std::string header = {};    // a further line, such as "Retry-After: 1"
  std::size_t late = 0;       // bytes by which a range begins after what was asked for
  bool ranges = true;         // else a range that is asked for is ignored
  bool says_length = true;    // else the end of the connection ends the body
  std::size_t cut_after =
      std::numeric_limits<std::size_t>::max();  // bytes of the body, then it hangs up
  std::optional<std::size_t> stall_after = {};  // bytes of the body, then it sends nothing more
  std::size_t pause_every = 0;  // bytes, after which it waits for a millisecond; 0: never
};

struct HttpAsked {
  std::string path;
  std::optional<std::size_t> from = {};  // the first byte of the range that was asked for
};

/// Answers one connection at a time, in a thread of its own, until it is destroyed.
class HttpServer {
 public:
  using Answer = std::function<HttpReply(const HttpAsked& asked, int count)>;  // count: from 0
  explicit HttpServer(Answer answer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "http://127.0.0.1:PORT/".
  std::string address() const;
  std::vector<HttpAsked> asked() const;

 private:
  void serve();
  void answer_requests(int connection);
  /// False if the connection is to end.
  bool send_reply(int connection, const HttpReply& reply, const HttpAsked& asked) const;
  bool readable(int file) const;

  Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ends_ = false;
  mutable std::mutex mutex_;
  std::vector<HttpAsked> asked_;
  std::thread thread_;
};

}  // namespace adjoint
