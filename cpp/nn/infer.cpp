#include <algorithm>
#include <memory>
#include <optional>

#include "math/row_helpers.h"
#include "nn/members.h"
#include "nn/network.h"
#include "nn/packed_weights.h"
#include "nn/rounded_weights.h"

namespace mlp {
namespace {

// Network rows that go through the layers at once, if there are members.
constexpr std::size_t kMemberRows = 512;

// The layers [begin, end) of inference, for blocks of rows. Two buffers alternate as input and output.
class Chain {
 public:
  Chain(const Network& network, const Real* weights, Layer::Output last, const Products& products)
      : network_(network), last_(last), products_(products) {
    pass_.weights = weights;
  }

  // `spare` holds two buffers of `size` numbers. `end` is above a layer that inference runs.
  void Run(Real* y, const Real* x, std::size_t rows, std::size_t begin, std::size_t end, Real* spare,
           std::size_t size) {
    const auto& layers = network_.layers();
    if (products_.packed != nullptr) {
      const std::size_t numbers = products_.packed->NumbersOfRows(rows);
      if (products_.packed_rows->size() < numbers) products_.packed_rows->resize(numbers);
    }
    const bool few = rows <= RowProduct::kMostRows;
    std::shared_ptr<RowJob> job;
    std::optional<RowProducts> alone;
    pass_.row_products = few ? products_.of_row : nullptr;
    if (products_.of_row == nullptr && few && network_.cuts_rows()) {
      pass_.row_products = &alone.emplace(job, nullptr, nullptr);
    }
    const bool rounds = few && products_.rounded != nullptr;
    const Real* input = x;
    std::size_t turn = 0;
    for (std::size_t l = begin; l < end; ++l) {
      if (layers[l]->training_only()) continue;
      Real* const output = l + 1 == end ? y : spare + turn * size;
      turn = 1 - turn;
      pass_.rounded = rounds ? products_.rounded->MatrixOf(l) : decltype(pass_.rounded){};
      if (products_.packed != nullptr) {
        pass_.packs = products_.packed->PacksOf(l);
        pass_.packs.rows = products_.packed_rows->data();
      }
      layers[l]->Forward(output, input, rows, l + 1 == layers.size() ? last_ : Layer::Output::kActivated,
                         pass_);
      input = output;
    }
  }

 private:
  const Network& network_;
  Layer::Output last_;
  const Products& products_;
  Pass pass_;
};

// Where inference of the first `layers` layers ends: dropout and noise are left out.
std::size_t EndOf(const Network& network, std::size_t layers) {
  while (layers > 0 && network.layers()[layers - 1]->training_only()) --layers;
  return layers;
}

void Reserve(Vector& scratch, std::size_t numbers) {
  if (scratch.size() < numbers) scratch.resize(numbers);
}

// Rows go through the layers that all members share once, then once for each member.
void InferMembers(const Network& network, Real* y, const Real* x, const Real* weights, std::size_t rows,
                  Vector& scratch, Layer::Output last, std::size_t end, const Products& products,
                  MemberOutputs kind) {
  const std::size_t members = network.members(), first = EndOf(network, network.first_by_member());
  const std::size_t inputs = network.inputs(), outputs = network.OutputsOf(end);
  const std::size_t shared = network.OutputsOf(first), at_once = std::min(rows, RowsAtOnce(network));
  const std::size_t size = at_once * members * std::max({network.widest(), inputs, outputs});
  Reserve(scratch, 4 * size);
  Real *const spare = scratch.data(), *const input = spare + 2 * size, *const each = spare + 3 * size;
  Chain chain(network, weights, last, products);
  const bool logits = end == network.layers().size() && last == Layer::Output::kLogits;
  for (std::size_t from = 0; from < rows; from += at_once) {
    const std::size_t n = std::min(at_once, rows - from);
    const Real* row = x + from * inputs;
    if (first > 0) {
      chain.Run(each, row, n, 0, first, spare, size);
      row = each;
    }
    for (std::size_t r = 0; r < n; ++r, row += shared) {
      for (std::size_t m = 0; m < members; ++m) std::copy_n(row, shared, input + (r * members + m) * shared);
    }
    if (kind == MemberOutputs::kEach) {
      chain.Run(y + from * members * outputs, input, n * members, first, end, spare, size);
    } else {
      chain.Run(each, input, n * members, first, end, spare, size);
      AverageMembers(y + from * outputs, each, n, members, outputs, logits, network.last_activation().kind);
    }
  }
}

}  // namespace

std::size_t RowsAtOnce(const Network& network) {
  return std::max<std::size_t>(1, kMemberRows / network.members());
}

void Infer(const Network& network, Real* y, const Real* x, const Real* weights, std::size_t rows,
           Vector& scratch, Layer::Output last, std::size_t layers, const Products& products,
           MemberOutputs members) {
  const std::size_t end = EndOf(network, layers);
  if (end == 0) {
    std::copy_n(x, rows * network.inputs(), y);
    return;
  }
  if (network.members() > 1 && end > network.first_by_member()) {
    return InferMembers(network, y, x, weights, rows, scratch, last, end, products, members);
  }
  const std::size_t size = rows * network.widest();
  Reserve(scratch, 2 * size);
  Chain(network, weights, last, products).Run(y, x, rows, 0, end, scratch.data(), size);
}

}  // namespace mlp
