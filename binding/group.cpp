#include "binding/group.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "binding/decode.h"
#include "binding/errors.h"

namespace binding {
namespace {

const napi_type_tag kTag = {0x6d0b6f0a2a8c4e51, 0x9f3b52c7d1e84a60};

int DecodeRank(const Napi::Value& value, std::size_t below, const char* name) {
  const std::size_t rank = DecodeSize(value);
  if (rank >= below) {
    Throw(value.Env(), "ERR_ARGUMENT",
          std::string("The native part expected a smaller number for ") + name + ".");
  }
  return static_cast<int>(rank);
}

constexpr std::size_t kMostRanks = 65536;

// The group whose runs have the compute threads of the process. A slice of a group holds its threads while it
// waits for other ranks: slices of two groups could wait for each other's threads.
std::atomic<const Ranks*> running{nullptr};

bool Take(const Ranks* ranks) {
  const Ranks* none = nullptr;
  return running.compare_exchange_strong(none, ranks);
}

void GiveBack(const Ranks* ranks) { running.compare_exchange_strong(ranks, nullptr); }

}  // namespace

Napi::Function GroupWrap::Define(Napi::Env env) {
  return DefineClass(env, "Group",
                     {Method<&GroupWrap::Addresses>("addresses"), Method<&GroupWrap::Connect>("connect"),
                      Method<&GroupWrap::AllReduce>("allReduce"), Method<&GroupWrap::Broadcast>("broadcast"),
                      Method<&GroupWrap::Reserve>("reserve"), Method<&GroupWrap::Release>("release"),
                      Method<&GroupWrap::Close>("close")});
}

GroupWrap::GroupWrap(const Napi::CallbackInfo& info) : Wrap(info), runtime_(&Runtime::Of(info.Env())) {
  const auto options = info[0].As<Napi::Object>();
  const int size = DecodeRank(options.Get("size"), kMostRanks, "size");
  const int rank = DecodeRank(options.Get("rank"), static_cast<std::size_t>(size), "rank");
  ranks_ = MakeRanks(rank, size, options.Get("host").ToString().Utf8Value());
  napi_type_tag_object(info.Env(), info.This(), &kTag);
  call_at_end_ = runtime_->CallAtEnd([ranks = std::weak_ptr(ranks_)] {
    const auto alive = ranks.lock();
    if (!alive) return;
    alive->Close({});
    alive->Leave();
  });
}

GroupWrap::~GroupWrap() {
  runtime_->Forget(call_at_end_);
  GiveBack(ranks_.get());
  End({});
}

std::shared_ptr<Ranks> GroupWrap::From(const Napi::Value& value) {
  bool is_group = false;
  if (value.IsObject()) napi_check_object_type_tag(value.Env(), value, &kTag, &is_group);
  if (!is_group) Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a group.");
  return Unwrap(value.As<Napi::Object>())->ranks_;
}

Ranks::Timeout DecodeTimeout(const Napi::Value& value) {
  const double ms = DecodeNumber(value);
  if (!(ms >= 1 && ms <= 2147483647)) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a timeout from 1 to 2147483647 ms.");
  }
  return Ranks::Timeout(static_cast<std::int64_t>(ms));
}

Napi::Value GroupWrap::Addresses(const Napi::CallbackInfo& info) {
  auto array = Napi::Array::New(info.Env());
  for (const Bytes& bytes : ranks_->Addresses()) {
    auto copy = Napi::Uint8Array::New(info.Env(), bytes.size());
    std::copy(bytes.begin(), bytes.end(), copy.Data());
    array.Set(array.Length(), copy);
  }
  return array;
}

Napi::Value GroupWrap::Connect(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto list = info[0].As<Napi::Array>();
  if (!info[0].IsArray() || list.Length() != static_cast<std::size_t>(ranks_->size())) {
    Throw(env, "ERR_ARGUMENT", "The native part expected an address of each rank.");
  }
  std::vector<Bytes> addresses;
  for (std::uint32_t r = 0; r < list.Length(); ++r) {
    const Napi::Value value = list.Get(r);
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
      Throw(env, "ERR_ARGUMENT", "The native part expected addresses as bytes.");
    }
    const auto bytes = value.As<Napi::Uint8Array>();
    addresses.emplace_back(bytes.Data(), bytes.Data() + bytes.ElementLength());
  }
  const auto timeout = DecodeTimeout(info[1]);
  Task task;
  task.resolve = [](Napi::Env settling) { return settling.Undefined(); };
  return Submit(env, std::move(task),
                [ranks = ranks_, addresses, timeout] { ranks->Connect(addresses, timeout); });
}

Napi::Value GroupWrap::AllReduce(const Napi::CallbackInfo& info) {
  const auto timeout = DecodeTimeout(info[1]);
  return SubmitOn(info.Env(), DecodeDoubles(info[0]),
                  [ranks = ranks_, timeout](std::vector<double>& numbers) {
                    ranks->Sum(numbers.data(), numbers.size(), Ranks::Channel::kCalls, timeout);
                  });
}

Napi::Value GroupWrap::Broadcast(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    Throw(info.Env(), "ERR_ARGUMENT", "The native part expected bytes.");
  }
  const int root = DecodeRank(info[1], static_cast<std::size_t>(ranks_->size()), "root");
  const auto timeout = DecodeTimeout(info[2]);
  return SubmitOn(info.Env(), info[0].As<Napi::Uint8Array>(), [ranks = ranks_, root, timeout](Bytes& bytes) {
    ranks->Broadcast(bytes.data(), bytes.size(), root, timeout);
  });
}

Napi::Value GroupWrap::Reserve(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), Take(ranks_.get()));
}

void GroupWrap::Release(const Napi::CallbackInfo&) { GiveBack(ranks_.get()); }

void GroupWrap::Close(const Napi::CallbackInfo& info) {
  End(info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : std::string());
}

void GroupWrap::End(std::string words) {
  if (std::exchange(has_ended_, true)) return;
  ranks_->Close(std::move(words));
  // Not on worker_, which may be waiting for other ranks. Detached: the library is never unloaded.
  try {
    std::thread([ranks = ranks_] {
      ranks->Leave();
      ranks->Free();
    }).detach();
  } catch (const std::exception&) {  // no thread: then this one waits, for a tenth of a second or two
    ranks_->Leave();
    ranks_->Free();
  }
}

Napi::Value GroupWrap::Submit(Napi::Env env, Task task, std::function<void()> work) {
  return Runtime::Of(env).SubmitElsewhere(env, std::move(task), [&](Runtime::Settle settle) {
    worker_.Do([work = std::move(work), settle = std::move(settle)] {
      std::exception_ptr failure;
      try {
        work();
      } catch (...) {
        failure = std::current_exception();
      }
      settle(std::move(failure));
    });
  });
}

template <typename Array, typename Work>
Napi::Value GroupWrap::SubmitOn(Napi::Env env, const Array& array, Work work) {
  using Numbers = std::vector<std::remove_cvref_t<decltype(*array.Data())>>;
  const auto numbers = std::make_shared<Numbers>(array.Data(), array.Data() + array.ElementLength());
  napi_ref kept = nullptr;
  if (napi_create_reference(env, array, 1, &kept) != napi_ok) throw Napi::Error::New(env);
  Task task;
  // Of the scope in which both functions run.
  const auto value = std::make_shared<napi_value>(nullptr);
  task.end = [kept, value](Napi::Env ending) {
    napi_get_reference_value(ending, kept, value.get());
    napi_delete_reference(ending, kept);
  };
  task.resolve = [numbers, value](Napi::Env settling) -> Napi::Value {
    Array out(settling, *value);
    // The array may have been transferred meanwhile.
    std::copy_n(numbers->begin(), std::min(numbers->size(), out.ElementLength()), out.Data());
    return settling.Undefined();
  };
  return Submit(env, std::move(task), [numbers, work = std::move(work)] { work(*numbers); });
}

}  // namespace binding
