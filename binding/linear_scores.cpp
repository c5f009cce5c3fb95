// Weighted sums of rows, on the compute threads and on the JavaScript thread.
#include <algorithm>
#include <chrono>
#include <utility>

#include "binding/dataset.h"
#include "binding/decode.h"
#include "binding/errors.h"
#include "binding/linear.h"
#include "binding/linear_decode.h"
#include "binding/runtime.h"
#include "math/random.h"

namespace binding {
namespace {

// Rows between two readings of the clock.
constexpr std::size_t kBlockRows = 256;

void CheckFits(Napi::Env env, const mlp::LinearState& state, std::size_t columns) {
  if (!state.intercepts.empty() && state.weights.size() / state.intercepts.size() == columns &&
      state.weights.size() % state.intercepts.size() == 0) {
    return;
  }
  Throw(env, "ERR_ARGUMENT", "The native part expected as many weights a unit as a row has numbers.");
}

// A slice and all that it reads; it outlives the JavaScript call.
struct Slice {
  mlp::LinearState state;
  std::shared_ptr<const mlp::Dataset> x;
  std::shared_ptr<std::atomic<bool>> stopping;
  std::size_t first = 0, done = 0;
  double budget_ms = 0;
  mlp::DoubleVector scratch;

  void Run(double* out) {
    const auto start = std::chrono::steady_clock::now();
    while (first + done < x->rows() && !stopping->load(std::memory_order_relaxed)) {
      const std::size_t rows = std::min(kBlockRows, x->rows() - first - done);
      const double* const block = x->ReadDoubles(first + done, rows, scratch);
      mlp::LinearScores(out + done * state.intercepts.size(), state, block, rows);
      done += rows;
      const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
      if (elapsed.count() >= budget_ms) break;
    }
  }
};

}  // namespace

Napi::Value LinearScores(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto slice = std::make_shared<Slice>();
  slice->state = DecodeLinearState(info[0].As<Napi::Object>());
  slice->x = DatasetWrap::From(info[1]);
  CheckFits(env, slice->state, slice->x->columns());
  slice->first = std::min(DecodeSize(info[2]), slice->x->rows());
  auto out = DecodeDoubles(info[3]);
  slice->budget_ms = DecodeNumber(info[4]);
  slice->stopping = Runtime::Of(env).stopping();
  if (out.ElementLength() / slice->state.intercepts.size() < slice->x->rows() - slice->first) {
    Throw(env, "ERR_ARGUMENT", "The native part expected room for every row's sums.");
  }
  Task task;
  task.urgent = true;
  task.run = [slice, sums = out.Data()](mlp::Team&) { slice->Run(sums); };
  task.resolve = [slice](Napi::Env settling) -> Napi::Value {
    return Napi::Number::New(settling, static_cast<double>(slice->done));
  };
  return Runtime::Of(env).SubmitWith(env, std::move(task), out);
}

void LinearScoresSync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = DecodeLinearState(info[0].As<Napi::Object>());
  const auto numbers = info[1].As<Napi::TypedArray>();
  const std::size_t rows = DecodeSize(info[2]);
  auto out = DecodeDoubles(info[3]);
  if (rows == 0 || numbers.ElementLength() % rows != 0 || out.ElementLength() % rows != 0 ||
      out.ElementLength() / rows != state.intercepts.size()) {
    Throw(env, "ERR_ARGUMENT", "The native part expected whole rows of numbers and of sums.");
  }
  CheckFits(env, state, numbers.ElementLength() / rows);
  if (numbers.TypedArrayType() == napi_float64_array) {
    return mlp::LinearScores(out.Data(), state, numbers.As<Napi::Float64Array>().Data(), rows);
  }
  mlp::DoubleVector x(numbers.ElementLength());
  CopyDoubles(x.data(), numbers);
  mlp::LinearScores(out.Data(), state, x.data(), rows);
}

Napi::Value PermutePart(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array)
    Throw(env, "ERR_ARGUMENT", "The native part expected a Uint32Array.");
  auto order = info[0].As<Napi::Uint32Array>();
  const std::size_t count = order.ElementLength(), begin = DecodeSize(info[3]), end = DecodeSize(info[4]);
  if (count > 0x7fffffff || end > count || begin > end)
    Throw(env, "ERR_ARGUMENT", "The native part permutes places of up to 2^31 - 1 rows.");
  mlp::Random random(DecodeSize(info[1]), mlp::RandomPurpose::kSplit,
                     static_cast<std::uint32_t>(DecodeSize(info[2])));
  random.SkipTo(DecodeSize(info[5]));
  mlp::PermutePart({order.Data(), count}, begin, end, random);
  return Napi::Number::New(env, static_cast<double>(random.position()));
}

}  // namespace binding
