#pragma once

// Asks a server on this machine with plain sockets.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace adjoint {

/// A socket that closes itself.
class Socket {
 public:
  Socket() : number_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (number_ < 0) throw std::runtime_error("no socket");
  }
  ~Socket() { ::close(number_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Listens on a free port of this machine while it lives.
class TakenPort {
 public:
  TakenPort() {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.number(), any, size) != 0 || ::listen(socket_.number(), 1) != 0 ||
        ::getsockname(socket_.number(), any, &size) != 0)
      throw std::runtime_error("no free port");
    port_ = ntohs(address.sin_port);
  }
  int port() const { return port_; }

 private:
  Socket socket_;
  int port_ = 0;
};

/// All that the server sends to a request; empty if nobody listens.
inline std::string ask(int port, const std::string& path, const std::string& method = "GET",
                       const std::string& host = "127.0.0.1") {
  const Socket socket;
  const sockaddr_in address = loopback(port);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return "";
  const std::string request = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  if (::send(socket.number(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return "";
  std::string answer;
  char part[4096];
  for (ssize_t n = 0; (n = ::recv(socket.number(), part, sizeof part, 0)) > 0;)
    answer.append(part, static_cast<std::size_t>(n));
  return answer;
}

inline std::string body_of(const std::string& answer) {
  const std::size_t head = answer.find("\r\n\r\n");
  return head == std::string::npos ? "" : answer.substr(head + 4);
}

inline nlohmann::json json_from(int port, const std::string& path) {
  return nlohmann::json::parse(body_of(ask(port, path)));
}

}  // namespace adjoint
