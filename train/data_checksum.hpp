#pragma once

#include <string>

#include "datasets/dataset.hpp"
#include "framework/parallel/thread_pool.hpp"

namespace adjoint {

/// A few words that tell a dataset from others: its size, and a checksum (CRC-32) of its images. Of
/// a large one, images spread evenly over it are read: at most `most` numbers. For a null pointer
/// "none".
std::string data_checksum(const DatasetPtr& data, ThreadPool& pool, Index most = Index{1} << 26);

}  // namespace adjoint
