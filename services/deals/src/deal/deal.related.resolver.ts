import { Args, Context, Int, Parent, ResolveField, Resolver, ResolveReference } from '@nestjs/graphql';
import { DomainError } from '@voronka/contracts';
import { loaderOf, type RequestContext } from '@voronka/service-kit';
import { ProductType, showProduct } from '../product/product.graphql.js';
import { ProductService } from '../product/product.service.js';
import { CompanyRef, ContactRef, LeadRef } from '../references.graphql.js';
import { DealLineType, DealType, showDeal } from './deal.graphql.js';
import { DealService } from './deal.service.js';

const FIRST = {
  type: () => Int,
  defaultValue: 20,
  description: 'How many at most, up to 200; page through more with `deals`.',
} as const;

async function dealsOf(
  deals: DealService,
  parent: 'company' | 'contact' | 'lead',
  id: string,
  first: number,
  ctx: RequestContext,
): Promise<DealType[]> {
  const loader = loaderOf(ctx, `${parent}-deals:${first}`, (by, ids) => deals.of(by, parent, ids, first));
  return ((await loader.load(id)) ?? []).map(showDeal);
}

@Resolver(() => CompanyRef)
export class CompanyDealsResolver {
  constructor(private readonly deals: DealService) {}

  @ResolveReference()
  resolveReference(company: CompanyRef): CompanyRef {
    return company;
  }
  @ResolveField(() => [DealType], { name: 'deals', description: 'The deals with the company, the newest first.' })
  find(
    @Parent() { id }: CompanyRef,
    @Args('first', FIRST) first: number,
    @Context() ctx: RequestContext,
  ): Promise<DealType[]> {
    return dealsOf(this.deals, 'company', id, first, ctx);
  }
}

@Resolver(() => ContactRef)
export class ContactDealsResolver {
  constructor(private readonly deals: DealService) {}

  @ResolveReference()
  resolveReference(contact: ContactRef): ContactRef {
    return contact;
  }
  @ResolveField(() => [DealType], { name: 'deals', description: 'The deals with the person, the newest first.' })
  find(
    @Parent() { id }: ContactRef,
    @Args('first', FIRST) first: number,
    @Context() ctx: RequestContext,
  ): Promise<DealType[]> {
    return dealsOf(this.deals, 'contact', id, first, ctx);
  }
}

@Resolver(() => LeadRef)
export class LeadDealsResolver {
  constructor(private readonly deals: DealService) {}

  @ResolveReference()
  resolveReference(lead: LeadRef): LeadRef {
    return lead;
  }
  @ResolveField(() => [DealType], {
    name: 'deals',
    description: 'The deals that came from the lead, the newest first.',
  })
  find(
    @Parent() { id }: LeadRef,
    @Args('first', FIRST) first: number,
    @Context() ctx: RequestContext,
  ): Promise<DealType[]> {
    return dealsOf(this.deals, 'lead', id, first, ctx);
  }
}

@Resolver(() => DealLineType)
export class DealLineResolver {
  constructor(private readonly products: ProductService) {}

  @ResolveField(() => ProductType, { description: 'What is sold.' })
  async product(@Parent() { productId }: DealLineType, @Context() ctx: RequestContext): Promise<ProductType> {
    const product = await loaderOf(ctx, 'product', (by, ids) => this.products.byIds(by, ids)).load(productId);
    if (!product) throw new DomainError('PRODUCT_NOT_FOUND', 'The product of this line is gone.', 'product');
    return showProduct(product);
  }
}
