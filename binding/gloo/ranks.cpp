#include "binding/ranks.h"

#include <gloo/allreduce.h>
#include <gloo/broadcast.h>

#include <string>
#include <string_view>
#include <utility>

#include "binding/gloo/exchange.h"
#include "binding/gloo/handshake.h"
#include "binding/gloo/transport.h"
#include "math/error.h"
#include "math/mutex.h"

namespace binding {
namespace {

using mlp::MutexLock;

// Up to so many bytes of all ranks together, the number of messages counts and not their length.
constexpr std::size_t kFewBytes = 128 * 1024;

template <typename T>
void Add(void* out, const void* a, const void* b, std::size_t count) {
  auto* const sum = static_cast<T*>(out);
  const auto *const x = static_cast<const T*>(a), *const y = static_cast<const T*>(b);
  for (std::size_t i = 0; i < count; ++i) sum[i] = x[i] + y[i];
}

class GlooRanks final : public Ranks {
 public:
  GlooRanks(int rank, int size, const std::string& host)
      : rank_(rank), size_(size), handshake_(rank, size, host) {}

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  std::vector<Bytes> Addresses() const override {
    std::vector<Bytes> all;
    for (const Invitation& invitation : handshake_.invitations()) all.push_back(invitation.Encode());
    all[static_cast<std::size_t>(rank_)].clear();
    return all;
  }

  void Connect(const std::vector<Bytes>& addresses, Timeout timeout) override {
    std::vector<Invitation> invitations(addresses.size());
    for (std::size_t r = 0; r < addresses.size(); ++r) {
      if (static_cast<int>(r) != rank_) invitations[r] = Invitation::Decode(addresses[r]);
    }
    {
      const MutexLock lock(mutex_);
      if (has_connected_) throw mlp::Error("ERR_ARGUMENT", "A group connects once. Make a new one.");
      has_connected_ = true;
    }
    try {
      std::vector<Socket> sockets = handshake_.Run(invitations, timeout);
      auto context = std::make_shared<Context>(rank_, size_, handshake_.address());
      context->Adopt(std::move(sockets));
      const MutexLock lock(mutex_);
      if (!lost_.empty()) throw mlp::Error("ERR_GROUP_LOST", lost_);
      context_ = std::move(context);
    } catch (const std::exception& error) {
      throw Lose(nullptr, error.what());
    }
  }

  void Sum(float* numbers, std::size_t count, Channel channel, Timeout timeout) override {
    SumOf(numbers, count, channel, timeout);
  }
  void Sum(double* numbers, std::size_t count, Channel channel, Timeout timeout) override {
    SumOf(numbers, count, channel, timeout);
  }

  void Broadcast(std::uint8_t* bytes, std::size_t count, int root, Timeout timeout) override {
    if (count == 0) return;
    Run([&](const std::shared_ptr<Context>& context) {
      gloo::BroadcastOptions options(context);
      options.setRoot(root);
      options.setOutput(bytes, count);
      options.setTag(static_cast<std::uint32_t>(Channel::kCalls));
      options.setTimeout(timeout);
      gloo::broadcast(options);
    });
  }

  void Close(std::string words) noexcept override {
    {
      const MutexLock lock(mutex_);
      if (lost_.empty()) {
        lost_ = "The group was closed.";
        words_ = std::move(words);
      }
    }
    handshake_.Close();
  }

  void Leave() noexcept override {
    const MutexLock turn(leaving_);
    End();
  }

  void Free() noexcept override {
    std::shared_ptr<Context> context;
    const MutexLock lock(mutex_);
    context.swap(context_);
  }

 private:
  template <typename T>
  void SumOf(T* numbers, std::size_t count, Channel channel, Timeout timeout) {
    Run([&](const std::shared_ptr<Context>& context) {
      if (count * sizeof(T) * static_cast<std::size_t>(size_) <= kFewBytes) {
        return SumByExchange(context, numbers, count, static_cast<std::uint32_t>(channel), timeout);
      }
      gloo::AllreduceOptions options(context);
      options.setOutput(numbers, count);
      options.setAlgorithm(gloo::AllreduceOptions::Algorithm::RING);
      options.setReduceFunction(static_cast<void (*)(void*, const void*, const void*, std::size_t)>(Add<T>));
      options.setTag(static_cast<std::uint32_t>(channel));
      options.setTimeout(timeout);
      gloo::allreduce(options);
    });
  }

  template <typename F>
  void Run(F f) {
    std::shared_ptr<Context> context;
    {
      const MutexLock lock(mutex_);
      if (!lost_.empty()) throw mlp::Error("ERR_GROUP_LOST", lost_);
      context = context_;
    }
    if (!context) throw mlp::Error("ERR_ARGUMENT", "The group is not connected yet. Await connect().");
    try {
      f(context);
    } catch (const std::bad_alloc&) {
      Lose(context.get(), "memory ran out");
      throw;
    } catch (const std::exception& error) {
      throw Lose(context.get(), error.what());
    }
  }

  // Ends all connections, and the other ranks hear why: who hears it from another rank passes that on.
  // Returns the error.
  mlp::Error Lose(Context* context, const std::string& why) {
    const MutexLock turn(leaving_);
    const std::string message = Reason(context, why);
    End();
    return {"ERR_GROUP_LOST", message};
  }

  // Why the group is lost: what came first.
  std::string Reason(Context* context, const std::string& why) MLP_REQUIRES(leaving_) {
    {
      const MutexLock lock(mutex_);
      if (!lost_.empty()) return lost_;
    }
    // Without the lock, for which Close would wait.
    std::string heard = context == nullptr ? std::string() : context->Heard();
    std::string reason = context == nullptr ? why : Describe(*context, why, heard);
    const MutexLock lock(mutex_);
    if (!lost_.empty()) return lost_;  // by Close
    lost_ = std::move(reason);
    words_ = heard.empty() ? lost_ : std::move(heard);
    return lost_;
  }

  // Says the words, if that is still to be done, and ends the connections.
  void End() noexcept MLP_REQUIRES(leaving_) {
    std::shared_ptr<Context> context;
    std::string words;
    {
      const MutexLock lock(mutex_);
      context = context_;
      words.swap(words_);
    }
    if (context) context->Leave(words);
  }

  std::string Describe(Context& context, std::string_view why, const std::string& heard) const {
    const std::string self = "Rank " + std::to_string(rank_);
    constexpr char kAdvice[] = " Start the ranks again from the newest checkpoint.";
    if (!heard.empty()) return self + " lost its group: " + heard;
    if (why.find("Timed out") != std::string_view::npos) {
      return self + " got no answer from the others within the timeout: a rank hangs, or lost its network." +
             kAdvice;
    }
    if (const int lost = context.transport().first_lost(); lost >= 0) {
      return self + " lost the connection to rank " + std::to_string(lost) +
             ", which ended or left the group." + kAdvice;
    }
    if (why.find("doesn't match expected size") != std::string_view::npos) {
      return self + " got another number of bytes than it expected: the ranks do not run the same steps.";
    }
    return self +
           " lost its group: " + std::string(why.substr(why.find("] ") == why.npos ? 0 : why.find("] ") + 2));
  }

  const int rank_, size_;
  Handshake handshake_;
  mlp::Mutex leaving_;  // of the thread that hears others, says words and ends connections; before mutex_
  mlp::Mutex mutex_;    // never kept while waiting for other ranks
  bool has_connected_ MLP_GUARDED_BY(mutex_) = false;
  std::shared_ptr<Context> context_ MLP_GUARDED_BY(mutex_);
  std::string lost_ MLP_GUARDED_BY(mutex_);   // why; empty: it is not
  std::string words_ MLP_GUARDED_BY(mutex_);  // why, for the other ranks; empty when they are said
};

}  // namespace

std::shared_ptr<Ranks> MakeRanks(int rank, int size, const std::string& host) {
  return std::make_shared<GlooRanks>(rank, size, host);
}

}  // namespace binding
