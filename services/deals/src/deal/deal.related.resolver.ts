import type { Type } from '@nestjs/common';
import { Args, Context, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { DomainError, type Id } from '@voronka/contracts';
import { loaderOf, type RequestContext } from '@voronka/service-kit';
import { ProductType, showProduct } from '../product/product.graphql.js';
import { ProductService } from '../product/product.service.js';
import { CompanyRef, ContactRef, LeadRef } from '../references.graphql.js';
import { DealLineType, DealType, showDeal } from './deal.graphql.js';
import { DealService } from './deal.service.js';

/** Adds its deals to a noun of another service. */
function dealsResolver(Noun: Type<{ id: Id }>, parent: 'company' | 'contact' | 'lead', description: string): Type {
  @Resolver(() => Noun)
  class DealsResolver {
    constructor(private readonly deals: DealService) {}

    @ResolveField(() => [DealType], { name: 'deals', description })
    async find(
      @Parent() { id }: { id: Id },
      @Args('first', {
        type: () => Int,
        defaultValue: 20,
        description: 'How many at most, up to 200; page through more with `deals`.',
      })
      first: number,
      @Context() ctx: RequestContext,
    ): Promise<DealType[]> {
      const loader = loaderOf(ctx, `${parent}-deals:${first}`, (by, ids) => this.deals.of(by, parent, ids, first));
      return ((await loader.load(id)) ?? []).map(showDeal);
    }
  }
  return DealsResolver;
}

@Resolver(() => DealLineType)
class DealLineResolver {
  constructor(private readonly products: ProductService) {}

  @ResolveField(() => ProductType, { description: 'What is sold.' })
  async product({ productId }: DealLineType, _: object, ctx: RequestContext): Promise<ProductType> {
    const product = await loaderOf(ctx, 'product', (by, ids) => this.products.byIds(by, ids)).load(productId);
    if (!product) throw new DomainError('PRODUCT_NOT_FOUND', 'The product of this line is gone.', 'product');
    return showProduct(product);
  }
}

export const relatedResolvers: Type[] = [
  DealLineResolver,
  dealsResolver(CompanyRef, 'company', 'The deals with the company, the newest first.'),
  dealsResolver(ContactRef, 'contact', 'The deals with the person, the newest first.'),
  dealsResolver(LeadRef, 'lead', 'The deals that came from the lead, the newest first.'),
];
