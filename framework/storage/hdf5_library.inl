// How the HDF5 library is used: for hdf5_file.cpp and hdf5_array.cpp, which alone name it.

#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

namespace adjoint::hdf5 {

// Held while the library is used: one thread at a time, and errors are ours to print.
class LibraryLock {
 public:
  LibraryLock() : lock_(mutex()) { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

 private:
  static std::recursive_mutex& mutex() {
    static std::recursive_mutex mutex;
    return mutex;
  }
  std::lock_guard<std::recursive_mutex> lock_;
};

// An identifier of the library and the function that gives it back; negative if opening failed.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() { reset(); }
  /// Gives back what it holds, and holds another.
  void reset(hid_t id = -1) {
    if (id_ >= 0) close_(id_);
    id_ = id;
  }
  operator hid_t() const { return id_; }
  bool failed() const { return id_ < 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// What the library gives as the first cause of the last error.
inline std::string library_reason() {
  std::string reason;
  const auto keep_innermost = [](unsigned depth, const H5E_error2_t* error, void* data) -> herr_t {
    if (depth == 0 && error->desc) *static_cast<std::string*>(data) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
  return reason.empty() ? "unknown HDF5 error" : reason;
}

inline Handle property_list(hid_t kind) {
  return {H5Pcreate(kind), H5Pclose};
}

}  // namespace adjoint::hdf5
