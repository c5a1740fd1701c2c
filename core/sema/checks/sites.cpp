#include "core/sema/checks/view.h"

namespace ml::sema {

using namespace ast;

void check_site(const Site& site, const View& view, DiagSink& sink) {
  const auto* expr = static_cast<const Expr*>(site.node);
  const auto* stmt = static_cast<const Stmt*>(site.node);
  switch (site.kind) {
    case SiteKind::Binary: check_binary(as<BinaryExpr>(expr), view, sink); break;
    case SiteKind::Unary: check_unary(as<UnaryExpr>(expr), view, sink); break;
    case SiteKind::Call: check_call(as<CallExpr>(expr), site.in_try, view, sink); break;
    case SiteKind::Member: check_members(site, view, sink); break;
    case SiteKind::Index: check_index(as<IndexExpr>(expr), view, sink); break;
    case SiteKind::ForIn: check_for_in(as<ForInStmt>(stmt), view, sink); break;
    case SiteKind::Unpack: check_unpack(as<UnpackStmt>(stmt), view, sink); break;
  }
}

}  // namespace ml::sema
